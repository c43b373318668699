import { join } from "node:path";
import { Lines } from "../../src/daemon/lines.ts";
import type { Home, Running, RunOptions } from "./vantage.ts";

/** A message of a daemon, as it came. */
// deno-lint-ignore no-explicit-any -- each test knows what it asked for
export type Message = Record<string, any>;

/** A raw client of a daemon's socket: it sends what it is told, sense or not. */
export class RawClient implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #lines = new Lines(256 * 1024 * 1024);
  readonly #messages: Message[] = [];
  #id = 0;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  static async connect(socket: string): Promise<RawClient> {
    return new RawClient(await Deno.connect({ transport: "unix", path: socket }));
  }

  /** Sends text or bytes as they are. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Sends one message as a line. */
  sendMessage(message: unknown): Promise<void> {
    return this.send(JSON.stringify(message) + "\n");
  }

  /** The next message, undefined when the daemon has hung up. */
  async next(): Promise<Message | undefined> {
    const chunk = new Uint8Array(64 * 1024);
    while (this.#messages.length === 0) {
      const size = await this.#connection.read(chunk).catch(() => null);
      if (size === null) return undefined;
      for (const line of this.#lines.push(chunk.slice(0, size))) {
        this.#messages.push(JSON.parse(new TextDecoder().decode(line)));
      }
    }
    return this.#messages.shift();
  }

  /** Calls a method and returns the whole answer; notifications before it are kept for `next`. */
  async call(method: string, params: unknown = {}): Promise<Message> {
    const id = ++this.#id;
    await this.sendMessage({ jsonrpc: "2.0", id, method, params });
    const others: Message[] = [];
    for (let message = await this.next(); message; message = await this.next()) {
      if (message.id === id) {
        this.#messages.unshift(...others);
        return message;
      }
      others.push(message);
    }
    throw new Error(`The daemon hung up instead of answering '${method}'`);
  }

  /** Says that nothing more comes; answers can still be read. */
  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite();
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // it is closed
    }
  }
}

/** The compiled program as a daemon in a home, in the foreground. It is stopped when disposed. */
export interface RunningDaemon extends AsyncDisposable {
  readonly running: Running;
  readonly socket: string;
  connect(): Promise<RawClient>;
  /** One call over a connection of its own. */
  call(method: string, params?: unknown): Promise<Message>;
}

/** Starts the daemon and waits until it listens. */
export async function startDaemon(home: Home, options: RunOptions = {}): Promise<RunningDaemon> {
  const running = home.start(["daemon", "run"], options);
  const [, socket = ""] = await running.line(/^Listening at (.*)$/m);
  const connect = () => RawClient.connect(socket);
  return {
    running,
    socket,
    connect,
    async call(method, params) {
      using client = await connect();
      return await client.call(method, params);
    },
    async [Symbol.asyncDispose]() {
      running.kill("SIGTERM");
      await running.result;
    },
  };
}

/** Where the daemon of a home listens. */
export const socketOf = (home: Home): string => join(home.dir, "vantage.sock");
