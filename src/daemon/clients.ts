import type { Clock, Connection, LocalListener } from "../system.ts";
import { FileError } from "../system.ts";
import type { Answering } from "./client_connection.ts";
import { ClientConnection } from "./client_connection.ts";
import { answer, rpcError } from "./protocol.ts";
import { VantageError } from "../errors.ts";

/** So many clients may be connected. */
const MOST_CLIENTS = 256;

/** So many sockets there may be, with those that were closed and are kept by who does not read. */
const MOST_SOCKETS = 2 * MOST_CLIENTS;

/**
 * Before somebody is hung up on, it is noticed who has left without being asked to: that takes a few turns of
 * the event loop, and in a burst of clients that come and go there are many.
 */
const TURNS = 10;

/** How often clients are looked at, as long as there are any (milliseconds). */
const LOOK_MS = 30_000;

/** Clients may take so long to read their last answers (milliseconds). */
const END_MS = 3_000;

/** After a connection that could not be taken, for want of file descriptors say (milliseconds). */
const AFTER_FAILURE_MS = 200;

interface ClientsParts {
  readonly clock: Clock;
  readonly listener: LocalListener;
  readonly answering: Answering;
  readonly stopping: AbortSignal;
  readonly warn: (text: string) => void;
}

/** Everybody who is connected: takes them in, looks after them, and sees them off. */
export class Clients {
  readonly #parts: ClientsParts;
  readonly #clients = new Map<ClientConnection, Promise<void>>();
  #looking = false;

  constructor(parts: ClientsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#open().length;
  }

  #open(): ClientConnection[] {
    return [...this.#clients.keys()].filter(({ isOpen }) => isOpen);
  }

  /** Takes clients in until it is told to stop, and returns when the last has been seen off. */
  async serve(): Promise<void> {
    const { listener, stopping, clock, warn } = this.#parts;
    const close = () => listener.close();
    stopping.addEventListener("abort", close, { once: true });
    while (!stopping.aborted) {
      try {
        const connection = await listener.accept();
        if (connection) await this.#welcome(connection);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        warn(`Cannot take a connection: ${error.message}`);
        await clock.sleep(AFTER_FAILURE_MS, stopping).catch(() => {});
      }
    }
    await this.#seeOff();
  }

  async #welcome(connection: Connection): Promise<void> {
    for (let turn = 0; turn < TURNS && this.#clients.size >= MOST_CLIENTS; turn++) {
      await this.#parts.clock.sleep(0);
    }
    if (this.#clients.size >= MOST_CLIENTS && !this.#makeRoom()) return refuse(connection);
    const client = new ClientConnection(connection, this.#parts.answering);
    this.#clients.set(client, client.run().finally(() => this.#clients.delete(client)));
    if (!this.#looking) this.#look();
  }

  /** Closes the client that has been idle for longest, where there are too many. */
  #makeRoom(): boolean {
    if (this.#clients.size >= MOST_SOCKETS) return false;
    const open = this.#open();
    if (open.length < MOST_CLIENTS) return true;
    const idle = open.filter(({ isIdle }) => isIdle).sort((a, b) => a.lastMove - b.lastMove);
    idle[0]?.close();
    return idle.length > 0;
  }

  async #look(): Promise<void> {
    const { clock, stopping } = this.#parts;
    this.#looking = true;
    while (this.#clients.size > 0 && !stopping.aborted) {
      await clock.sleep(LOOK_MS, stopping).catch(() => {});
      for (const client of this.#clients.keys()) client.look();
    }
    this.#looking = false;
  }

  async #seeOff(): Promise<void> {
    const all = [...this.#clients];
    for (const [client] of all) client.end();
    const gone = new AbortController();
    const patience = this.#parts.clock.sleep(END_MS, gone.signal).catch(() => {});
    await Promise.race([Promise.all(all.map(([, done]) => done)), patience]);
    gone.abort();
    for (const [client] of all) client.close();
  }
}

/** Says why to a client that is one too many. */
function refuse(connection: Connection): void {
  const error = rpcError(
    new VantageError("daemon_busy", `${MOST_CLIENTS} clients are connected, and all are busy`, {
      hint: "Try again, or close some of them",
    }),
  );
  const text = JSON.stringify(answer(null, { error })) + "\n";
  connection.write(new TextEncoder().encode(text)).catch(() => {})
    .finally(() => connection.close());
}
