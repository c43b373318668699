import * as oauth from "oauth4webapi";
import type { Secret } from "../secret.ts";
import type { Clock } from "../system.ts";
import type { DPoPKey } from "./dpop.ts";
import { dpopKey } from "./dpop.ts";
import { skewOf } from "./provider_clock.ts";

/** A token to be sent. */
interface PresentedToken {
  readonly value: Secret;
  /** The private JWK that it is bound to, as JSON; undefined for a bearer token. */
  readonly dpopKey?: Secret;
}

/**
 * Requests to a protected resource: with a bearer token (RFC 6750, 2.1), or with a token bound
 * to a key and a proof of that key (RFC 9449, 7). Learns nonces and the time from the answers.
 */
export class ResourceRequests {
  readonly #clock: Clock;
  #skewMs = 0;
  #key: { readonly jwk: Secret; readonly key: Promise<DPoPKey> } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sends one by `fetch`, which is given the headers. `betterNow` tells of a refused proof that
   * another one would mend: it had no nonce (RFC 9449, 9), or the wrong time of day.
   */
  async send(
    token: PresentedToken,
    request: { method: string; url: URL; headers: Readonly<Record<string, string>> },
    fetch: (headers: Record<string, string>) => Promise<Response>,
  ): Promise<{ response: Response; betterNow: boolean }> {
    const before = this.#skewMs;
    const key = token.dpopKey && await this.#keyOf(token.dpopKey);
    let response: Response | undefined;
    const options = {
      [oauth.customFetch]: async (_url: string, { headers }: { headers: Record<string, string> }) =>
        response = await fetch(headers),
      // What may be sent where has been decided.
      [oauth.allowInsecureRequests]: true,
      ...(key && { DPoP: key.handle }),
    };
    const { method, url } = request;
    const headers = new Headers(request.headers);
    const value = token.value.expose();
    try {
      await oauth.protectedResourceRequest(value, method, url, headers, undefined, options);
    } catch (error) {
      if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
    }
    if (!response) throw new TypeError("The request was not sent");
    this.#skewMs = skewOf(response.headers, this.#clock) ?? before;
    const challenge = response.headers.get("www-authenticate") ?? "";
    const betterNow = key !== undefined && response.status === 401 &&
      (challenge.includes("use_dpop_nonce") && response.headers.has("dpop-nonce") ||
        challenge.includes("invalid_dpop_proof") && this.#skewMs !== before);
    return { response, betterNow };
  }

  #keyOf(jwk: Secret): Promise<DPoPKey> {
    if (!this.#key?.jwk.equals(jwk)) {
      const providerClock = { now: () => this.#clock.now() + this.#skewMs };
      this.#key = { jwk, key: dpopKey({ providerClock }, jwk) };
    }
    return this.#key.key;
  }
}
