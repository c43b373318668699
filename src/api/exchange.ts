import { networkError, timedOut } from "../http.ts";
import type { System } from "../system.ts";
import type { Exchange, Recorder } from "./exchange_record.ts";
import { recordExchange } from "./exchange_record.ts";
import { lentChunks } from "./lent_chunks.ts";
import { Silence } from "./silence.ts";

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
    const { onExchange } = this.#parts;
    const report = recordExchange({ method, url, attempt }, this.#connectTime(url), onExchange);
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
        ? timedOut(url.origin, silence.limitMs)
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
    report: Recorder,
  ): AsyncGenerator<Uint8Array> {
    const { interrupted } = this.#parts;
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
        ? timedOut(url.origin, silence.limitMs)
        : networkError(error, url.origin, true);
      failure = problem.message;
      throw problem;
    } finally {
      silence.end();
      report.end(failure);
    }
  }

  /** How long the connection takes, where somebody wants to know and it is a new one. */
  async #connectTime({ origin, href }: URL): Promise<number | undefined> {
    const { system, onExchange } = this.#parts;
    if (!onExchange || this.#connected.has(origin)) return undefined;
    this.#connected.add(origin);
    return await system.connectTime(href);
  }
}
