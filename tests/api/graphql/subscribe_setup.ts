import assert from "node:assert/strict";
import { ApiClient } from "../../../src/api/client.ts";
import { Exchanger } from "../../../src/api/exchange.ts";
import { subscribe } from "../../../src/api/graphql/subscribe.ts";
import type {
  ExecutionResultLike,
  SubscribeParts,
  SubscribeRequest,
} from "../../../src/api/graphql/subscribe_connection.ts";
import { VantageError } from "../../../src/errors.ts";
import { Secret } from "../../../src/secret.ts";
import { denoSystem } from "../../../src/system/deno.ts";
import type { AccessToken, TokenRequest, TokenSource } from "../../../src/tokens/source.ts";
import { type Announcements, announcementsOf } from "../../support/announcements.ts";
import { type Api, startApi } from "../../support/api.ts";
import { GraphqlSockets } from "../../support/graphql_ws.ts";
import { type Relay, startRelay } from "../../support/relay.ts";
import { ManualClock } from "../../tokens/manual_clock.ts";

/** A source whose tokens a test lets live, end and fail. */
export class TestTokens implements TokenSource {
  readonly requests: TokenRequest[] = [];
  /** Those that the API takes. */
  readonly good = new Set<string>();
  /** Milliseconds a token lives; undefined where nobody knows. */
  life: number | undefined = 3_600_000;
  type: AccessToken["type"] = "Bearer";
  /** Gives the same token, whatever is asked for. */
  stuck = false;
  /** Thrown instead of a new token. */
  failure: Error | undefined;
  /** Whether the API takes the tokens that are made from now on. */
  makesGood = true;
  readonly #clock: ManualClock;
  #made = 0;
  #current: AccessToken | undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  token(request: TokenRequest = {}): Promise<AccessToken> {
    this.requests.push(request);
    const { minTtlMs = 1, refused } = request;
    const current = this.#current;
    const force = request.force ||
      current?.expiresAt !== undefined && current.value.equals(refused);
    const left = (current?.expiresAt ?? Infinity) - this.#clock.now();
    if (current && (this.stuck || !force && left >= minTtlMs)) return Promise.resolve(current);
    if (this.failure) return Promise.reject(this.failure);
    this.#made += 1;
    const value = `access-token-${this.#made}-${crypto.randomUUID()}`;
    if (this.makesGood) this.good.add(value);
    const expiresAt = this.life === undefined ? undefined : this.#clock.now() + this.life;
    this.#current = { value: new Secret(value), type: this.type, expiresAt };
    return Promise.resolve(this.#current);
  }

  /** How many there have been. */
  get made(): number {
    return this.#made;
  }

  /** The API takes none of those there are any more. */
  refuse(): void {
    this.good.clear();
  }
}

export interface SetupOptions {
  /** The API takes no WebSockets. */
  readonly withoutSockets?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A real API with subscriptions, behind a relay, and what a subscription needs of us. */
export interface Setup extends AsyncDisposable {
  readonly api: Api;
  readonly sockets: GraphqlSockets;
  readonly announcements: Announcements;
  readonly relay: Relay;
  readonly url: URL;
  readonly tokens: TestTokens;
  readonly clock: ManualClock;
  readonly interruption: AbortController;
  readonly warnings: string[];
  readonly details: string[];
  /** Subscribes to `announced`, unless told. */
  subscribe(
    parts?: Partial<SubscribeParts>,
    request?: SubscribeRequest,
  ): AsyncGenerator<ExecutionResultLike, void, undefined>;
}

export function startSubscriptions(options: SetupOptions = {}): Setup {
  const stack = new AsyncDisposableStack();
  const system = denoSystem();
  const clock = new ManualClock();
  const tokens = new TestTokens(clock);
  const sockets = new GraphqlSockets();
  const interruption = new AbortController();
  const warnings: string[] = [];
  const details: string[] = [];
  const api: Api = stack.use(startApi({
    frontOrigin: () => "http://nowhere.invalid", // there is no front
    check: (token) =>
      Promise.resolve(
        tokens.good.has(token)
          ? { subject: "ada", clientId: "cli", scope: "", jkt: undefined }
          : undefined,
      ),
    tls: options.tls,
    ...(!options.withoutSockets &&
      { takeSocket: (request, known) => sockets.take(request, known) }),
  }));
  const direct: URL = new URL(api.directOrigin);
  const relay = stack.use(startRelay(Number(direct.port)));
  const url: URL = new URL(`${direct.protocol}//127.0.0.1:${relay.port}/graphql`);
  const client = new ApiClient({
    reach: { base: url, origins: [] },
    tokens,
    exchanger: new Exchanger({
      system,
      caCerts: [],
      idleMs: Infinity,
      interrupted: interruption.signal,
    }),
    userAgent: "test",
    authorized: async (token, request, fetch) => {
      const authorization = `Bearer ${token.value.expose()}`;
      return { response: await fetch({ ...request.headers, authorization }), betterNow: false };
    },
    clock,
    random: () => 0.5,
    interrupted: interruption.signal,
    waiting: () => ({ [Symbol.dispose]() {} }),
  });
  const parts: SubscribeParts = {
    url,
    transport: "ws",
    send: (request) => client.send(request),
    token: tokens,
    webSocket: (url, options) => system.webSocket(url, options, []),
    clock,
    random: () => 1,
    signal: interruption.signal,
    detail: (text) => void details.push(text),
    warn: (text) => void warnings.push(text),
  };
  return {
    api,
    sockets,
    announcements: announcementsOf(api.state),
    relay,
    url,
    tokens,
    clock,
    interruption,
    warnings,
    details,
    subscribe: (changed = {}, request = { query: "subscription { announced }" }) =>
      subscribe({ ...parts, ...changed }, request),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export type Server = ReturnType<typeof startSubscriptions>;
export type Events = ReturnType<Server["subscribe"]>;

export const event = (announced: string) => ({ done: false, value: { data: { announced } } });
export const over = { done: true, value: undefined };

/** Says something to who listens by the latest connection, and it arrives. */
export async function arrives(server: Server, events: Events, text: string): Promise<void> {
  const next = events.next();
  await server.announcements.listened();
  server.announcements.announce(text);
  assert.deepEqual(await next, event(text));
}

export const fails = (promise: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(promise, (error) => {
    assert(error instanceof VantageError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert(error.hint);
    return true;
  });
