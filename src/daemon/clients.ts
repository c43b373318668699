import type { Clock, Connection, LocalListener } from "../system.ts";
import { FileError } from "../system.ts";
import type { Answering } from "./client_connection.ts";
import { ClientConnection } from "./client_connection.ts";
import { answer, rpcError } from "./protocol.ts";
import { VantageError } from "../errors.ts";

/** So many clients may be connected. */
const MOST_CLIENTS = 200;

/**
 * So many sockets there may be, with those that were closed and are kept by who does not read. A
 * named pipe of Windows has room for 250.
 */
const MOST_SOCKETS = 240;

/** Who has said nothing for so long (ms) makes room for others; who has just come may be about to. */
const MAKES_ROOM_AFTER_MS = 1_000;

/** Where there is no room, it is looked for so often, and waited for so long (milliseconds). */
const ROOM_LOOK_MS = 50;
const ROOM_WITHIN_MS = 5_000;

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
  /** The last turn that a client waits for: each has its own, however many there are. */
  #turn = Promise.resolve();

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
    const { clock, answering, stopping } = this.#parts;
    // Meanwhile no other is taken in: the system keeps them waiting, and those who ask get done.
    for (let waited = 0; !this.#makeRoom(); waited += ROOM_LOOK_MS) {
      if (waited >= ROOM_WITHIN_MS || stopping.aborted) return refuse(connection);
      await clock.sleep(ROOM_LOOK_MS, stopping).catch(() => {});
    }
    const nextTurn = () => this.#turn = this.#turn.then(() => clock.sleep(0));
    const client = new ClientConnection(connection, answering, clock, nextTurn);
    this.#clients.set(client, client.run().finally(() => this.#clients.delete(client)));
    if (!this.#looking) this.#look();
  }

  /** Whether there is room for one more, if need be by hanging up on who was idle for longest. */
  #makeRoom(): boolean {
    if (this.#clients.size < MOST_CLIENTS) return true;
    if (this.#clients.size >= MOST_SOCKETS) return false;
    const open = this.#open();
    if (open.length < MOST_CLIENTS) return true;
    const now = this.#parts.clock.now();
    // A move that is still to come was before the clock was set back.
    const isLongAgo = (move: number) => move > now || move <= now - MAKES_ROOM_AFTER_MS;
    const idle = open.filter(({ isIdle, lastMove }) => isIdle && isLongAgo(lastMove))
      .sort((a, b) => a.lastMove - b.lastMove);
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
