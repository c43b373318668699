import { networkError, timedOut } from "../http.ts";
import type { System } from "../system.ts";
import { lentChunks } from "./lent_chunks.ts";

export interface ExchangeParts {
  readonly system: Pick<System, "fetch" | "clock" | "connectTime">;
  /** Certificates (PEM) to trust beside the built-in roots. */
  readonly caCerts: readonly string[];
  /** The longest silence of the server (milliseconds), before its answer and within. */
  readonly idleMs: number;
  readonly interrupted: AbortSignal;
  /** Hears of every exchange when it has ended; without it connections are not timed. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

/** One request and its answer. Times are milliseconds since it was sent; no query, header or body. */
export interface Exchange {
  readonly method: string;
  /** Origin and path. */
  readonly target: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Name lookup and connection, measured beside it; undefined for what goes by an old connection. */
  readonly connectMs: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
  /** How often the request had been sent with this time. */
  readonly attempt: number;
  /** How long we waited for the server, what others did with its bytes left out. */
  readonly waitedMs: number;
  /** Bytes of the answer's body, decoded. */
  readonly bytes: number;
  readonly failure: string | undefined;
}

/** What is sent. A body is given anew each time. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit | null;
  /** How often it has been sent with this time; once unless told. */
  readonly attempt?: number;
  /** The server may be silent for so long (milliseconds) within its answer, if that is longer. */
  readonly silenceMs?: number | undefined;
}

/** An answer whose head is there. Its body has to be read to its end, or cancelled. */
export interface Incoming {
  readonly response: Response;
  /** Each chunk is good until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the body up. */
  cancel(): Promise<void>;
}

/** What is slower than this (bytes a second) is no connection. */
const SLOWEST_UPLOAD = 64 * 1024;

/** Nobody wanted the rest of the answer. */
const GIVEN_UP = "given up";

/** Sends single requests, without a second try and without following anything. Throws `network`. */
export class Exchanger {
  readonly #parts: ExchangeParts;
  readonly #connected = new Set<string>();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  async send(
    { method, url, headers, body, attempt = 1, silenceMs = 0 }: Outgoing,
  ): Promise<Incoming> {
    const { system, caCerts, interrupted } = this.#parts;
    const silence = new Silence(this.#parts);
    const report = this.#reporter(method, url, attempt);
    let response: Response;
    try {
      response = await system.fetch(url.href, {
        method,
        headers,
        body: silence.heardThrough(body),
        redirect: "manual",
        signal: silence.signal,
      }, caCerts);
    } catch (error) {
      silence.end();
      if (interrupted.aborted) {
        report.end(GIVEN_UP);
        throw interrupted.reason;
      }
      const failure = silence.tooLong
        ? timedOut(url.origin, this.#parts.idleMs)
        : networkError(error, url.origin, false);
      report.end(failure.message);
      throw failure;
    }
    report.head(response.status);
    silence.allow(silenceMs);
    silence.pause();
    const chunks = this.#chunks(response, url, silence, report);
    return {
      response,
      body: chunks,
      cancel: async () => {
        silence.end();
        silence.breakOff(); // a body that is being read cannot be cancelled
        await response.body?.cancel().catch(() => {}); // it may have failed or ended by now
        report.end(GIVEN_UP);
      },
    };
  }

  async *#chunks(
    response: Response,
    url: URL,
    silence: Silence,
    report: Reporter,
  ): AsyncGenerator<Uint8Array> {
    const { interrupted, idleMs } = this.#parts;
    let failure: string | undefined = GIVEN_UP;
    try {
      silence.resume();
      report.resumed();
      for await (const chunk of response.body ? lentChunks(response.body) : []) {
        silence.pause(); // the reader may take its time
        report.chunk(chunk.length);
        yield chunk;
        silence.resume();
        report.resumed();
      }
      failure = undefined;
    } catch (error) {
      if (interrupted.aborted) throw interrupted.reason;
      const problem = silence.tooLong
        ? timedOut(url.origin, idleMs)
        : networkError(error, url.origin, true);
      failure = problem.message;
      throw problem;
    } finally {
      silence.end();
      report.end(failure);
    }
  }

  #reporter(method: string, url: URL, attempt: number): Reporter {
    const { system, onExchange } = this.#parts;
    const started = performance.now();
    const elapsed = () => performance.now() - started;
    let connectMs: number | undefined;
    if (onExchange && !this.#connected.has(url.origin)) {
      this.#connected.add(url.origin);
      system.connectTime(url.href).then((ms) => connectMs = ms, () => {});
    }
    let status: number | undefined;
    let firstByteMs: number | undefined;
    let bytes = 0;
    let waitedMs = 0;
    let waitingSince: number | undefined = 0;
    const pauseWaiting = () => {
      if (waitingSince !== undefined) waitedMs += elapsed() - waitingSince;
      waitingSince = undefined;
    };
    let ended = false;
    return {
      head(answered) {
        status = answered;
        firstByteMs = elapsed();
        pauseWaiting();
      },
      chunk(size) {
        bytes += size;
        pauseWaiting();
      },
      resumed() {
        waitingSince = elapsed();
      },
      end(failure) {
        if (ended) return;
        ended = true;
        pauseWaiting();
        const target = url.origin + url.pathname;
        const totalMs = elapsed();
        const times = { connectMs, firstByteMs, totalMs, waitedMs };
        onExchange?.({ method, target, status, ...times, attempt, bytes, failure });
      },
    };
  }
}

interface Reporter {
  head(status: number): void;
  chunk(size: number): void;
  /** The reader wants more. */
  resumed(): void;
  end(failure: string | undefined): void;
}

/** Breaks an exchange off when nothing has been heard of the server for too long. */
class Silence {
  readonly #parts: Pick<ExchangeParts, "system" | "idleMs" | "interrupted">;
  readonly #broken = new AbortController();
  readonly #ended = new AbortController();
  readonly #onInterrupt = () => this.#broken.abort(this.#parts.interrupted.reason);
  #limitMs: number;
  #lastHeard: number;
  #isPaused = false;
  /** How much longer a body may take that goes out unseen. */
  #uploadMs = 0;
  tooLong = false;

  constructor(parts: Pick<ExchangeParts, "system" | "idleMs" | "interrupted">) {
    this.#parts = parts;
    this.#limitMs = parts.idleMs;
    this.#lastHeard = this.#parts.system.clock.now();
    parts.interrupted.addEventListener("abort", this.#onInterrupt, { once: true });
    if (parts.interrupted.aborted) this.#onInterrupt();
    this.#listen().catch(() => {}); // the end of it
  }

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
    this.tooLong = true;
    this.#broken.abort(new DOMException("Timed out", "TimeoutError"));
  }
}
