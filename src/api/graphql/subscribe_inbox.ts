import { VantageError } from "../../errors.ts";
import type { ExecutionResultLike } from "./subscribe_connection.ts";

/** So many events may wait for the reader… */
const MOST_EVENTS = 10_000;
/** …of so many bytes in all. */
const MOST_BYTES = 64 * 1024 * 1024;
/** With fewer than this waiting, the reader has caught up. */
const FEW_EVENTS = 100;

/**
 * Events between a connection, which brings them when it likes, and their reader. It is bounded:
 * a WebSocket offers no way to let the server wait, and what cannot be kept must not be dropped
 * silently.
 */
export class Inbox {
  readonly #origin: string;
  #waiting: { readonly result: ExecutionResultLike; readonly size: number }[] = [];
  #bytes = 0;
  #end: { readonly failed: boolean; readonly error: unknown } | undefined;
  #news = Promise.withResolvers<void>();
  #caughtUp = Promise.withResolvers<void>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Throws `api_answer` where too much waits already. */
  add(result: ExecutionResultLike, size: number): void {
    if (this.#waiting.length >= MOST_EVENTS || this.#bytes + size > MOST_BYTES) {
      throw new VantageError(
        "api_answer",
        `Cannot keep up with ${this.#origin}: ${this.#waiting.length} events wait to be read`,
        { hint: "Read the output faster, by way of a file for example, or ask for fewer events" },
      );
    }
    this.#waiting.push({ result, size });
    this.#bytes += size;
    this.#news.resolve();
  }

  /** No more events will come. Those that wait can still be read. */
  end(): void {
    this.#end ??= { failed: false, error: undefined };
    this.#news.resolve();
  }

  /** The same, but the reader gets `error` in the end. */
  fail(error: unknown): void {
    this.#end ??= { failed: true, error };
    this.#news.resolve();
  }

  /** The next event; undefined after the last. */
  async next(): Promise<ExecutionResultLike | undefined> {
    for (;;) {
      const first = this.#waiting.shift();
      if (this.#waiting.length < FEW_EVENTS) this.#caughtUp.resolve();
      if (first) {
        this.#bytes -= first.size;
        return first.result;
      }
      if (this.#end?.failed) throw this.#end.error;
      if (this.#end) return undefined;
      this.#news = Promise.withResolvers();
      await this.#news.promise;
    }
  }

  async caughtUp(): Promise<void> {
    if (this.#waiting.length < FEW_EVENTS) return;
    this.#caughtUp = Promise.withResolvers();
    await this.#caughtUp.promise;
  }
}
