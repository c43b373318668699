import type { Connection } from "../system.ts";
import { FileError } from "../system.ts";

/** So much is joined to one write (bytes). */
const WRITE_BYTES = 64 * 1024;

const encoder = new TextEncoder();

interface OutboxParts {
  readonly connection: Pick<Connection, "write">;
  /** Called when something was written, and when nothing is left. */
  readonly onProgress: () => void;
  /** Called when the other side has gone. */
  readonly onGone: () => void;
}

/** The messages on their way to one client, in order, one write at a time. */
export class Outbox {
  readonly #parts: OutboxParts;
  #unsent: Uint8Array[] = [];
  /** How much waits to be read by the client (bytes). */
  bytes = 0;
  /** Whether a write is under way, which nothing but the other side ends. */
  isWriting = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  send(message: object): void {
    const line = encoder.encode(JSON.stringify(message) + "\n");
    this.#unsent.push(line);
    this.bytes += line.length;
    if (!this.isWriting) this.#write();
  }

  /** Drops what no write has begun with. */
  clear(): void {
    this.#unsent = [];
  }

  async #write(): Promise<void> {
    const { connection, onProgress, onGone } = this.#parts;
    this.isWriting = true;
    try {
      while (this.#unsent.length > 0) {
        const bytes = this.#next();
        await connection.write(bytes);
        this.bytes -= bytes.length;
        onProgress();
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      onGone();
    } finally {
      this.isWriting = false;
      onProgress();
    }
  }

  /** What is written next, small messages together. */
  #next(): Uint8Array {
    const [first] = this.#unsent;
    if (this.#unsent.length === 1 || first!.length >= WRITE_BYTES) return this.#unsent.shift()!;
    let [count, size] = [0, 0];
    while (count < this.#unsent.length && size < WRITE_BYTES) size += this.#unsent[count++]!.length;
    const joined = new Uint8Array(size);
    let at = 0;
    for (const bytes of this.#unsent.splice(0, count)) {
      joined.set(bytes, at);
      at += bytes.length;
    }
    return joined;
  }
}
