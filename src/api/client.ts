import { NetworkError } from "../http.ts";
import { retryAfterMs } from "../retry_after.ts";
import type { Clock } from "../system.ts";
import type { AccessToken, TokenSource } from "../tokens/source.ts";
import type { Exchanger, Incoming, Outgoing } from "./exchange.ts";
import type { Redirected } from "./redirect.ts";
import { cannotRepeat, MOST_REDIRECTS, redirection, tooMany } from "./redirect.ts";
import { isIdempotent, isPassing, pauseBefore } from "./retry.ts";
import type { Reach } from "./target.ts";
import { tokenInPlaceOf } from "./token_in_place.ts";

/** A body that can be had once, or each time a request is sent. */
export interface RequestBody {
  readonly contentType?: string;
  /** It can be opened once only (stdin): a request with it is never sent again. */
  readonly once: boolean;
  open(): Promise<BodyInit>;
}

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  /** By names in lower case. They stay with the origins that may have the token. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** The bytes as they are stored, uncompressed, so that they can be counted. */
  readonly verbatim?: boolean;
  /** What is behind the first bytes of a version of a resource (RFC 9110, 14.2 and 13.1.5). */
  readonly rest?: { readonly from: number; readonly validator: string };
  /** The server may be silent for so long (milliseconds) within its answer, if that is longer. */
  readonly silenceMs?: number;
  /** Sent twice it does no more than once (RFC 9110, 9.2.2); by the method unless told. */
  readonly idempotent?: boolean;
}

/** An answer of any status. Its body has to be read to its end, or cancelled. */
export interface ApiAnswer {
  /** Of the request that was answered, which may have been redirected. */
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** The token was VANTAGE_TOKEN or an API key, which nothing renews. */
  readonly isReadyToken: boolean;
  /** Each chunk is good until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

/** Sends with the token, and tells of a refused proof that another one would mend. */
type SendAuthorized = (
  token: AccessToken,
  request: { method: string; url: URL; headers: Readonly<Record<string, string>> },
  fetch: (headers: Record<string, string>) => Promise<Response>,
) => Promise<{ response: Response; betterNow: boolean }>;

export interface ApiParts {
  readonly reach: Reach;
  readonly tokens: TokenSource;
  readonly exchanger: Exchanger;
  readonly authorized: SendAuthorized;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly interrupted: AbortSignal;
  /** Shows that it waits before another try, until disposed. `until` is epoch milliseconds. */
  readonly waiting: (reason: string, until: number) => Disposable;
}

/** A request at one place of its way, and how often it has been sent there. */
type Now = Redirected & { readonly tries: { count: number } };

/**
 * Requests of an account to its API: with the fresh token, to the origins that may have it.
 * One refresh and one more try where the token is refused; more tries, patiently, where that
 * harms nobody; redirects, without what must not go along. Throws `network`,
 * `redirect_refused`, and what the token source throws.
 */
export class ApiClient {
  readonly #parts: ApiParts;
  /** What the API's side failed with: the token source may fail with `network` too. */
  readonly #failures = new WeakSet<NetworkError>();
  /** The latest token was not of a session: VANTAGE_TOKEN, or an API key. */
  #isReadyToken = false;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  async send(request: ApiRequest): Promise<ApiAnswer> {
    let now: Now = {
      method: request.method,
      url: request.url,
      keepsBody: request.body !== undefined,
      trusted: true,
      tries: { count: 0 },
    };
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const incoming = await this.#patiently(request, now);
      const { response, body, cancel } = incoming;
      let next: Redirected | undefined;
      try {
        next = redirection(response, now, this.#parts.reach);
        if (next?.keepsBody && request.body?.once) throw cannotRepeat(now.url);
      } catch (error) {
        await cancel();
        throw error;
      }
      if (!next) {
        const { status, statusText, headers } = response;
        const isReadyToken = this.#isReadyToken;
        const { method, url } = now;
        return { method, url, status, statusText, headers, isReadyToken, body, cancel };
      }
      await cancel();
      now = { ...next, keepsBody: next.keepsBody && now.keepsBody, tries: { count: 0 } };
    }
    throw tooMany(request.url);
  }

  /** One request, sent again where it may be. */
  async #patiently(request: ApiRequest, now: Now): Promise<Incoming> {
    const { clock, interrupted, random, waiting } = this.#parts;
    const mayRepeat = !request.body?.once &&
      ((now.method === request.method ? request.idempotent : undefined) ??
        isIdempotent(now.method));
    for (let sent = 1;; sent++) {
      const tried = await this.#withToken(request, now).catch((error) => {
        if (error instanceof NetworkError && this.#failures.has(error)) return error;
        throw error;
      });
      const failed = tried instanceof NetworkError;
      if (!mayRepeat || !failed && !isPassing(tried.response.status)) return unwrapped(tried);
      const asked = failed ? undefined : retryAfterMs(tried.response.headers);
      const pause = pauseBefore(sent, asked, random());
      if (pause === undefined) return unwrapped(tried);
      if (!failed) await tried.cancel();
      const reason = failed ? tried.message : `${now.url.origin} answers ${tried.response.status}`;
      using _shown = waiting(reason, clock.now() + pause);
      await clock.sleep(pause, interrupted);
    }
  }

  /** One request with the token, and once more with another where it is refused. */
  async #withToken(request: ApiRequest, now: Now): Promise<Incoming> {
    if (!now.trusted) return await this.#bare(request, now);
    const token = await this.#parts.tokens.token();
    this.#isReadyToken = token.expiresAt === undefined;
    const incoming = await this.#proven(token, request, now);
    if (incoming.response.status !== 401 || request.body?.once) return incoming;
    const another = await tokenInPlaceOf(token, this.#parts.tokens);
    if (!another) return incoming;
    await incoming.cancel();
    return await this.#proven(another, request, now);
  }

  /** One request with this token, and once more where another proof of its key is wanted. */
  async #proven(token: AccessToken, request: ApiRequest, now: Now): Promise<Incoming> {
    const { incoming, betterNow } = await this.#authorized(token, request, now);
    if (!betterNow || request.body?.once) return incoming;
    await incoming.cancel();
    return (await this.#authorized(token, request, now)).incoming;
  }

  async #authorized(token: AccessToken, request: ApiRequest, now: Now) {
    let incoming: Incoming | undefined;
    const { response, betterNow } = await this.#parts.authorized(
      token,
      { method: now.method, url: now.url, headers: this.#headers(request, now) },
      async (headers) => {
        incoming = await this.#exchange(request, now, headers);
        return incoming.response;
      },
    );
    return { incoming: { ...incoming!, response }, betterNow };
  }

  async #bare(request: ApiRequest, now: Now): Promise<Incoming> {
    const { method, url } = now;
    const headers = { "user-agent": this.#parts.userAgent, ...bytesWanted(request) };
    return await this.#sent(request, { method, url, headers, body: null }, now);
  }

  #headers(request: ApiRequest, now: Now): Record<string, string> {
    const type = now.keepsBody ? request.body?.contentType : undefined;
    return {
      "user-agent": this.#parts.userAgent,
      ...type !== undefined && { "content-type": type },
      ...request.headers,
      ...bytesWanted(request),
    };
  }

  async #exchange(request: ApiRequest, now: Now, headers: Record<string, string>) {
    const { method, url, keepsBody } = now;
    const body = keepsBody && request.body ? await request.body.open() : null;
    return await this.#sent(request, { method, url, headers, body: body ?? nothing(method) }, now);
  }

  async #sent(
    { silenceMs }: ApiRequest,
    outgoing: Omit<Outgoing, "attempt">,
    { tries }: Now,
  ): Promise<Incoming> {
    try {
      return await this.#parts.exchanger.send({ ...outgoing, attempt: ++tries.count, silenceMs });
    } catch (error) {
      if (error instanceof NetworkError) this.#failures.add(error);
      throw error;
    }
  }
}

/** Deno sends a request without a body a second time when the connection closes; this it does not. */
const nothing = (method: string) => isIdempotent(method) ? null : new Blob([]);

/** What goes to any host: it says which bytes, and nothing of who asks. */
const bytesWanted = ({ verbatim, rest }: ApiRequest) => ({
  ...(verbatim || rest) && { "accept-encoding": "identity" },
  ...rest && { range: `bytes=${rest.from}-`, "if-range": rest.validator },
});

function unwrapped(tried: Incoming | NetworkError): Incoming {
  if (tried instanceof NetworkError) throw tried;
  return tried;
}
