import type { Http, HttpInit } from "../http.ts";
import type { Clock } from "../system.ts";

/** A smaller difference is none: `Date` has whole seconds, and the answer took its time. */
const TOLERANCE_MS = 30_000;

/** The way to one provider, which learns the provider's time from the answers that pass. */
export class ProviderClock {
  readonly #http: Http;
  readonly #clock: Clock;
  /** The provider's clock less ours, in milliseconds, by its last answer. */
  skewMs = 0;

  constructor(http: Http, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /** Epoch milliseconds as the provider counts them. */
  now(): number {
    return this.#clock.now() + this.skewMs;
  }

  async send(url: string, init: HttpInit): Promise<Response> {
    const response = await this.#http(url, init);
    this.skewMs = skewOf(response.headers, this.#clock) ?? this.skewMs;
    return response;
  }
}

/** A server's clock less ours by an answer of it, in milliseconds; undefined where it does not say. */
export function skewOf(headers: Headers, clock: Clock): number | undefined {
  // A cache on the way answers with the `Date` of the original and says how old it is.
  const age = Number(headers.get("age") ?? 0) * 1000;
  const skew = Date.parse(headers.get("date") ?? "") + age - clock.now();
  if (!Number.isFinite(skew)) return undefined;
  return Math.abs(skew) > TOLERANCE_MS ? skew : 0;
}
