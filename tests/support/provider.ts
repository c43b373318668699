import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as jose from "jose";
import { startApi } from "./api.ts";
import type { ApiState } from "./api_state.ts";
import { Clock } from "./clock.ts";
import type { Answer, RecordedRequest } from "./faults.ts";
import { Front } from "./front.ts";
import type { GraphqlSockets } from "./graphql_ws.ts";
import { createOidc, endpoints, type Oidc, type TokenFacts } from "./oidc.ts";
import { Secrets } from "./secrets.ts";
import { createSigningKey, forge, type Forgery, type SigningKey } from "./signing_key.ts";

/** What the provider is to be like. All of it may be left out. */
export interface ProviderOptions {
  /** A free one unless told. */
  readonly port?: number;
  /** Seconds an access token lives; 3600 unless told. */
  readonly accessTokenTtl?: number;
  /** Seconds a refresh token lives; 14 days unless told. */
  readonly refreshTokenTtl?: number;
  /** Seconds a device code lives; 600 unless told. */
  readonly deviceCodeTtl?: number;
  /** The `interval` (seconds) its device answers name. None unless told: clients then take 5. */
  readonly deviceInterval?: number;
  /** Every refresh gives a new refresh token, and the use of an old one ends the grant. On. */
  readonly rotate?: boolean;
  /** Refuses authorization requests that were not pushed (RFC 9126). */
  readonly requirePar?: boolean;
  /** Refuses token requests without a DPoP proof (RFC 9449), and binds tokens to its key. */
  readonly dpop?: boolean;
  /** Also demands a nonce in each proof. */
  readonly dpopNonce?: boolean;
  /** Access tokens are JWTs (RFC 9068) instead of opaque. Its userinfo then takes none of them. */
  readonly jwtAccessTokens?: boolean;
  /** Lets clients register (RFC 7591): anybody, or who has this initial access token. */
  readonly registration?: "open" | { readonly initialAccessToken: string };
  /** Serves https, by a certificate only `ca` vouches for. */
  readonly tls?: boolean;
  /** Seconds its clock is ahead of the machine's. */
  readonly clockOffset?: number;
}

/** A front as tests see it. */
export type Watched = Pick<
  Front,
  "origin" | "requests" | "count" | "fault" | "gate" | "down" | "up"
>;

/** A running authorization server with an API that takes its tokens. */
export interface Provider extends Watched, AsyncDisposable {
  readonly issuer: string;
  /** A public native client: authorization code, refresh token and device code grants. */
  readonly clientId: string;
  /** A confidential client: the client credentials grant. */
  readonly machine: { readonly clientId: string; readonly clientSecret: string };
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** The API's own front: its requests and faults are apart from the provider's. */
  readonly api: Watched;
  /** The same API without its front, for what streams or is no text. */
  readonly apiDirect: string;
  /** What the API holds and how it behaves. */
  readonly apiState: ApiState;
  /** The WebSockets of its GraphQL, which are direct only. */
  sockets(): Promise<GraphqlSockets>;
  /** The certificate (PEM) to trust; undefined where it serves plain http. */
  readonly ca: string | undefined;
  /** A file that holds `ca`. */
  readonly caFile: string | undefined;
  /** Every secret that it has issued or been given so far, to search output for leaks. */
  secrets(): string[];
  /** Moves its clock, so that tokens expire without waiting. */
  advance(seconds: number): void;
  /** Ends all sessions as an administrator would: refresh tokens get `invalid_grant`. */
  endSessions(): void;
  /** Makes the API answer 401 to all access tokens issued so far; refreshing still works. */
  refuseAccessTokens(): void;
  /** A changed copy of one of its JWTs, signed by its own key or forged. */
  forgeIdToken(idToken: string, forgery: Forgery): Promise<string>;
}

/**
 * Starts a real authorization server (oidc-provider) on loopback, behind a front that records
 * requests and injects faults, and beside it an API that takes its access tokens.
 */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  await using starting = new AsyncDisposableStack();
  const clock = new Clock(options.clockOffset);
  const secrets = new Secrets();
  const tls = options.tls ? await certificate(starting) : undefined;
  const shared = {
    tls,
    now: () => clock.now(),
    watch: (request: RecordedRequest, answer?: Answer) => secrets.watch(request, answer),
  };
  const front = starting.use(new Front({ ...shared, port: options.port ?? 0, endpoints }));
  const apiFront = starting.use(new Front({ ...shared, port: 0, endpoints: {} }));

  const signingKey = await createSigningKey();
  const clientId = "vantage-cli";
  const machine = { clientId: "ci-job", clientSecret: `machine-secret-${crypto.randomUUID()}` };
  secrets.all.add(machine.clientSecret);
  const oidc = createOidc({
    issuer: front.origin,
    clientId,
    machine,
    resource: apiFront.origin,
    signingKey,
    clock,
    accessTokenTtl: options.accessTokenTtl ?? 3600,
    refreshTokenTtl: options.refreshTokenTtl ?? 14 * 24 * 3600,
    deviceCodeTtl: options.deviceCodeTtl ?? 600,
    rotate: options.rotate ?? true,
    requirePar: options.requirePar ?? false,
    dpop: options.dpop ?? false,
    dpopNonce: options.dpopNonce ?? false,
    jwtAccessTokens: options.jwtAccessTokens ?? false,
    deviceInterval: options.deviceInterval,
    registration: options.registration,
  });
  starting.defer(() => {
    if (oidc.failures.length > 0) throw new AggregateError(oidc.failures, "oidc-provider failed");
  });
  front.passTo(await serve(oidc.handle, starting));

  const refused = new Set<string>();
  const check = async (accessToken: string) => {
    if (refused.has(accessToken)) return undefined;
    return accessToken.split(".").length === 3
      ? await jwtFacts(accessToken, signingKey, front.origin, apiFront.origin, clock)
      : await oidc.find(accessToken);
  };
  const sockets = lazySockets();
  const api = starting.use(startApi({
    frontOrigin: () => apiFront.origin,
    check,
    tls,
    takeSocket: async (request, context) => (await sockets()).take(request, context),
  }));
  apiFront.passTo(api.port);

  // Once more, to be the first to close: a request on its way then finds both servers alive.
  starting.use(front);
  starting.use(apiFront);
  const running = starting.move();
  return Object.assign(bound(front), {
    issuer: front.origin,
    clientId,
    machine,
    apiUrl: apiFront.origin,
    graphqlUrl: `${apiFront.origin}/graphql`,
    api: bound(apiFront),
    apiDirect: api.directOrigin,
    apiState: api.state,
    sockets,
    ca: tls?.ca,
    caFile: tls?.caFile,
    secrets: () => [...secrets.all],
    advance(seconds: number) {
      clock.offset += seconds;
    },
    endSessions: oidc.endSessions,
    refuseAccessTokens() {
      for (const token of secrets.accessTokens) refused.add(token);
    },
    forgeIdToken: (idToken: string, forgery: Forgery) => forge(idToken, signingKey, forgery),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  });
}

/** Few tests use them, and what they need takes a moment to load. */
function lazySockets(): () => Promise<GraphqlSockets> {
  let sockets: Promise<GraphqlSockets> | undefined;
  return () =>
    sockets ??= import("./graphql_ws.ts").then(({ GraphqlSockets }) => new GraphqlSockets());
}

function bound(front: Front): Watched {
  return {
    origin: front.origin,
    requests: front.requests,
    count: front.count.bind(front),
    fault: front.fault.bind(front),
    gate: front.gate.bind(front),
    down: front.down.bind(front),
    up: front.up.bind(front),
  };
}

/** Serves on a free loopback port, which it returns, until `stack` is disposed of. */
async function serve(handle: Oidc["handle"], stack: AsyncDisposableStack): Promise<number> {
  const server = createServer(handle);
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  stack.defer(() => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    return closed.promise;
  });
  return (server.address() as AddressInfo).port;
}

async function certificate(stack: AsyncDisposableStack) {
  const { createCertificate } = await import("./tls.ts");
  const made = await createCertificate();
  const caFile = await Deno.makeTempFile({ suffix: ".pem" });
  stack.defer(() => Deno.remove(caFile));
  await Deno.writeTextFile(caFile, made.ca);
  return { ...made, caFile };
}

async function jwtFacts(
  token: string,
  key: SigningKey,
  issuer: string,
  audience: string,
  clock: Clock,
): Promise<TokenFacts | undefined> {
  try {
    const { d: _private, ...publicJwk } = key.jwk;
    const { payload } = await jose.jwtVerify(token, await jose.importJWK(publicJwk, "ES256"), {
      issuer,
      audience,
      typ: "at+jwt",
      currentDate: new Date(clock.now()),
    });
    const { sub: subject = "", client_id, scope, cnf } = payload;
    const jkt = (cnf as { jkt?: string } | undefined)?.jkt;
    return { subject, clientId: String(client_id), scope: String(scope ?? ""), jkt };
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return undefined;
    throw error;
  }
}
