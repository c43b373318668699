import type { Clock, Connection } from "../system.ts";
import { FileError } from "../system.ts";
import { VantageError } from "../errors.ts";
import type { Caller } from "./handlers.ts";
import { Lines, LineTooLong } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import type { Malformed, Request } from "./protocol.ts";
import {
  answer,
  isMalformed,
  MAX_REQUEST_BYTES,
  notification,
  parseLine,
  RPC,
  rpcError,
} from "./protocol.ts";

/** So many requests of one client are worked on at a time; then no more is read from it. */
const MOST_AT_ONCE = 16;

/** The answers to one batch may take so much (bytes); what is left of it is not worked on. */
const MOST_BATCH_BYTES = 4 * 1024 * 1024;

/** So much may wait to be read by a client (bytes) before nothing more is read from it. */
const MOST_UNSENT_BYTES = 256 * 1024;

/**
 * After so much of one client (bytes) it is the others' turn: reading what is there lets nobody in.
 * That takes 2 ms, so who asks one thing after the other pays it once in seven hundred times.
 */
const TURN_BYTES = 64 * 1024;

/** How many looks (`Clients`) a client may go without reading what it is sent, */
const UNREAD_LOOKS = 2;
/** without ending a request that it has begun, */
const PARTIAL_LOOKS = 4;
/** and without saying anything. */
const IDLE_LOOKS = 20;

/** Answers one request. Throws what {@link rpcError} tells. */
export type Answering = (request: Request, caller: Caller) => Promise<unknown>;

/** One client, from its first byte to its last. It can harm nobody but itself. */
export class ClientConnection implements Caller {
  readonly #clock: Pick<Clock, "now">;
  readonly #connection: Connection;
  readonly #answering: Answering;
  readonly #nextTurn: () => Promise<void>;
  readonly #lines = new Lines(MAX_REQUEST_BYTES);
  readonly #outbox: Outbox;
  #working = 0;
  #closed = false;
  #ending = false;
  /** What it waits to be told of. */
  #staying = 0;
  #progress = Promise.withResolvers<void>();
  /** When it last said something (epoch milliseconds). */
  lastMove: number;
  /** How many looks there were since it last said or read something, */
  #looksStill = 0;
  /** since it last read something, */
  #looksUnread = 0;
  /** and since it began the request that it has not ended. */
  #looksPartial = 0;

  /** `nextTurn` resolves when the others have had a turn. */
  constructor(
    connection: Connection,
    answering: Answering,
    clock: Pick<Clock, "now">,
    nextTurn: () => Promise<void>,
  ) {
    this.#clock = clock;
    this.#nextTurn = nextTurn;
    this.lastMove = clock.now();
    this.#connection = connection;
    this.#answering = answering;
    this.#outbox = new Outbox({
      connection,
      onProgress: () => {
        this.#looksStill = 0;
        this.#looksUnread = 0;
        this.#wake();
      },
      onGone: () => this.close(),
    });
  }

  /** False once it was closed, although what it does not read may keep the socket for longer. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Nothing is lost when it is closed: it has neither begun to ask nor waits for anything. */
  get isIdle(): boolean {
    return !this.#isBusy && !this.#lines.isPartial;
  }

  get #isBusy(): boolean {
    return this.#working + this.#staying > 0 || this.#outbox.isWriting;
  }

  /** Reads and answers requests until the client leaves, or `end` or `close` is called. */
  async run(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (error instanceof LineTooLong) {
        const message = `A request may have at most ${MAX_REQUEST_BYTES} bytes`;
        this.#send(answer(null, { error: { code: RPC.invalidRequest, message } }));
      } else if (!(error instanceof FileError)) throw error; // else it has gone
    }
    await this.#drained();
    this.close();
    // The runtime breaks off no write: a socket whose other side does not read is kept until it
    // goes, and counts as long as that.
    while (this.#outbox.isWriting) await this.#progress.promise;
  }

  stay(until: Promise<unknown>): void {
    this.#staying++;
    until.catch(() => {}).finally(() => {
      this.#staying--;
      this.#wake();
    });
  }

  notify(method: string, params: object): void {
    if (!this.#ending) this.#send(notification(method, params));
  }

  /** Reads no more, sends what is to be sent, and closes. */
  end(): void {
    this.#ending = true;
    this.#wake();
    this.#drained().then(() => this.close());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outbox.clear();
    this.#connection.close();
    this.#wake();
  }

  /** Called at intervals: closes a client that has not moved for too long. */
  look(): void {
    this.#looksStill++;
    this.#looksUnread = this.#outbox.isWriting ? this.#looksUnread + 1 : 0;
    this.#looksPartial = this.#lines.isPartial ? this.#looksPartial + 1 : 0;
    const isUnread = this.#looksUnread > UNREAD_LOOKS;
    const isPartial = this.#looksPartial > PARTIAL_LOOKS;
    if (isUnread || isPartial || !this.#isBusy && this.#looksStill > IDLE_LOOKS) this.close();
  }

  async #read(): Promise<void> {
    let taken = 0;
    while (!this.#ending && !this.#closed) {
      const chunk = await this.#connection.read();
      if (this.#ending) return;
      this.#looksStill = 0;
      this.lastMove = this.#clock.now();
      if (!chunk) {
        const rest = this.#lines.end();
        if (rest) await this.#take(rest);
        return;
      }
      for (const line of this.#lines.push(chunk)) {
        this.#looksPartial = 0;
        await this.#take(line);
      }
      taken += chunk.length;
      if (taken >= TURN_BYTES) {
        await this.#nextTurn();
        taken = 0;
      }
    }
  }

  /** Begins to work on a line, when there is room for it; a batch has all room for itself. */
  async #take(line: Uint8Array): Promise<void> {
    const { isBatch, messages } = parseLine(line);
    const isFull = () => this.#isFull() || isBatch && this.#working > 0;
    while (isFull() && !this.#closed) await this.#progress.promise;
    if (this.#closed) return;
    this.#working += isBatch ? MOST_AT_ONCE : 1;
    const responding = isBatch ? this.#respondAll(messages) : this.#respond(messages[0]!);
    responding.finally(() => {
      this.#working -= isBatch ? MOST_AT_ONCE : 1;
      this.#wake();
    });
  }

  #isFull(): boolean {
    return this.#working >= MOST_AT_ONCE || this.#outbox.bytes > MOST_UNSENT_BYTES;
  }

  async #respond(message: Request | Malformed): Promise<void> {
    this.#send(await this.#answer(message));
  }

  async #respondAll(messages: readonly (Request | Malformed)[]): Promise<void> {
    const answers: object[] = [];
    let bytes = 0;
    for (let at = 0; at < messages.length && !this.#closed; at += MOST_AT_ONCE) {
      const some = messages.slice(at, at + MOST_AT_ONCE);
      const answered = await Promise.all(
        some.map((message) => bytes > MOST_BATCH_BYTES ? tooMuch(message) : this.#answer(message)),
      );
      for (const answer of answered) {
        if (!answer) continue;
        answers.push(answer);
        bytes += JSON.stringify(answer).length;
      }
    }
    if (answers.length > 0) this.#send(answers);
  }

  async #answer(message: Request | Malformed): Promise<object | undefined> {
    if (isMalformed(message)) return answer(message.id, message);
    try {
      return answer(message.id, { result: await this.#answering(message, this) });
    } catch (error) {
      return answer(message.id, { error: rpcError(error) });
    }
  }

  #send(message: object | undefined): void {
    if (message && !this.#closed) this.#outbox.send(message);
  }

  /** Waits until what has begun is answered, and all is sent. */
  async #drained(): Promise<void> {
    while (!this.#closed && this.#isBusy) await this.#progress.promise;
  }

  #wake(): void {
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }
}

/** The answer to what is left of a batch that has been answered with too much already. */
function tooMuch(message: Request | Malformed): object | undefined {
  const hint = "Ask for less in one batch";
  const error = new VantageError("daemon_busy", "The answers to the batch take too much", { hint });
  return answer(message.id, isMalformed(message) ? message : { error: rpcError(error) });
}
