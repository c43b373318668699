import type { Connection } from "../../src/system.ts";
import { FileError } from "../../src/system.ts";
import type { Message } from "../support/daemon.ts";

/** The daemon's side of a connection, whose other side is the test. */
export class FakeConnection implements Connection {
  readonly #coming: (Uint8Array | undefined)[] = [];
  #news = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();
  #heard = "";
  #reads = true;
  closed = false;
  /** How many chunks were taken from what the client sent. */
  taken = 0;

  /** The client sends. */
  send(data: string): void {
    this.#coming.push(new TextEncoder().encode(data));
    this.#news.resolve();
  }

  sendMessage(message: unknown): void {
    this.send(JSON.stringify(message) + "\n");
  }

  /** The client says that nothing more comes. */
  end(): void {
    this.#coming.push(undefined);
    this.#news.resolve();
  }

  /** The client reads no more, or reads again. */
  set reads(reads: boolean) {
    this.#reads = reads;
    if (reads) this.#room.resolve();
  }

  /** What the client has read. */
  get heard(): Message[] {
    return this.#heard.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  async read(): Promise<Uint8Array | undefined> {
    while (!this.closed) {
      if (this.#coming.length > 0) {
        this.taken++;
        return this.#coming.shift();
      }
      await this.#news.promise;
      this.#news = Promise.withResolvers();
    }
    throw new FileError("other", "socket", "It is closed");
  }

  /** As the runtime does, it does not end before the client has read, or gone. */
  async write(bytes: Uint8Array): Promise<void> {
    while (!this.#reads) {
      this.#room = Promise.withResolvers();
      await this.#room.promise;
    }
    if (this.closed) throw new FileError("other", "socket", "It is closed");
    this.#heard += new TextDecoder().decode(bytes);
  }

  close(): void {
    this.closed = true;
    this.#news.resolve();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Lets everybody who can go on do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
