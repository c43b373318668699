import type { System } from "../system.ts";

/** What is slower than this (bytes a second) is no connection. */
const SLOWEST_UPLOAD = 64 * 1024;

interface SilenceParts {
  readonly system: Pick<System, "clock">;
  /** The longest silence of the server (milliseconds). */
  readonly idleMs: number;
  readonly interrupted: AbortSignal;
}

/** Breaks an exchange off when nothing has been heard of the server for too long. */
export class Silence {
  readonly #parts: SilenceParts;
  readonly #broken = new AbortController();
  readonly #ended = new AbortController();
  readonly #onInterrupt = () => this.#broken.abort(this.#parts.interrupted.reason);
  #limitMs: number;
  #lastHeard: number;
  #isPaused = false;
  /** How much longer a body may take that goes out unseen. */
  #uploadMs = 0;
  #tooLong = false;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
    this.#limitMs = parts.idleMs;
    this.#lastHeard = this.#parts.system.clock.now();
    parts.interrupted.addEventListener("abort", this.#onInterrupt, { once: true });
    if (parts.interrupted.aborted) this.#onInterrupt();
    this.#listen().catch(() => {}); // the end of it
  }

  get tooLong(): boolean {
    return this.#tooLong;
  }

  /** How long it may last (milliseconds). */
  get limitMs(): number {
    return this.#limitMs;
  }

  /** Aborts when it has lasted too long. */
  get signal(): AbortSignal {
    return this.#broken.signal;
  }

  /** From now on silence may last so long (milliseconds), if that is longer. */
  allow(ms: number): void {
    this.#limitMs = Math.max(this.#limitMs, ms);
  }

  /** Ends the exchange, whatever of it goes on. */
  breakOff(): void {
    this.#broken.abort();
  }

  /** Nothing is wanted of the server for now. */
  pause(): void {
    this.#isPaused = true;
    this.#uploadMs = 0;
  }

  resume(): void {
    this.#isPaused = false;
    this.#heard();
  }

  /** The body, which is a sign of life of the server for as long as it takes it. */
  heardThrough(body: BodyInit | null): BodyInit | null {
    // As a stream it would go without its length.
    if (body instanceof Blob) this.#uploadMs = body.size / SLOWEST_UPLOAD * 1000;
    if (!(body instanceof ReadableStream)) return body;
    return body.pipeThrough(
      new TransformStream({
        transform: (chunk, out) => {
          this.#heard();
          out.enqueue(chunk);
        },
      }),
    );
  }

  end(): void {
    this.#ended.abort();
    this.#parts.interrupted.removeEventListener("abort", this.#onInterrupt);
  }

  #heard(): void {
    this.#lastHeard = this.#parts.system.clock.now();
  }

  async #listen(): Promise<void> {
    const { clock } = this.#parts.system;
    for (let left = this.#limitMs; left > 0;) {
      await clock.sleep(left, this.#ended.signal);
      if (this.#isPaused || clock.now() < this.#lastHeard) this.#heard(); // it was set back
      left = this.#limitMs + this.#uploadMs - (clock.now() - this.#lastHeard);
    }
    this.#tooLong = true;
    this.#broken.abort(new DOMException("Timed out", "TimeoutError"));
  }
}
