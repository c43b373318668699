import { account } from "./account.ts";
import { authenticate, type CheckToken, tokenOf } from "./api_access.ts";
import { oddAnswer } from "./api_answers.ts";
import { answerFile } from "./api_files.ts";
import { orders } from "./api_orders.ts";
import { clustersPage, numbersPage } from "./api_pages.ts";
import { type ApiState, newApiState } from "./api_state.ts";
import type { TokenFacts } from "./oidc.ts";

/** What the API needs of the world. */
export interface ApiOptions {
  /** The address of the front before it, as DPoP proofs and links name it. */
  readonly frontOrigin: () => string;
  readonly check: CheckToken;
  /** Serves https where clients reach it direct. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /**
   * Takes a WebSocket upgrade at `/graphql`, direct only. It judges the token itself: it may come
   * in the upgrade's headers or later. Without it upgrades are answered as any request.
   */
  readonly takeSocket?: (
    request: Request,
    context: { readonly check: CheckToken; readonly state: ApiState },
  ) => Response | Promise<Response>;
}

/** A running API. */
export interface Api extends AsyncDisposable {
  /** Where a front passes requests to. */
  readonly port: number;
  /** Where clients reach it without a front: what streams, what is no text, WebSockets. */
  readonly directOrigin: string;
  readonly state: ApiState;
}

/** One request that has a good token. */
interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly facts: TokenFacts;
  /** Where the client sent it. */
  readonly origin: string;
}

/**
 * Starts a small protected API:
 * - `GET /me`; `/echo` (any method; answers what it got), `/digest` (only how much, and its hash);
 * - `GET /clusters?page=&per_page=` and `/numbers?page=&per_page=&of=&link=`, with `Link` headers;
 * - `/orders`, which keeps count of what was changed;
 * - `GET /files/BYTES`, with ranges; see {@link ApiState.files};
 * - `/status/CODE?times=N&retry_after=`, which answers so N times, then 200;
 * - `/redirect?to=&status=`, and `/loop`, which leads to itself;
 * - `/problem`, `/error`, `/deep`, `/text`, `/binary` and more of {@link oddAnswer};
 * - `POST /graphql`;
 * - what the test put into {@link ApiState.answers}.
 */
export function startApi(options: ApiOptions): Api {
  const state = newApiState();
  const closing = new AbortController();
  const graphql = lazyGraphql(state);
  const { check } = options;

  const answer = async (call: Call): Promise<Response> => {
    const { request, url, facts, origin } = call;
    const own = state.answers.get(url.pathname);
    if (own) return await own(request);
    const [, first = "", second = ""] = url.pathname.split("/");
    switch (first) {
      case "me":
        return Response.json({ ...account(facts.subject), scope: facts.scope });
      case "clusters":
        return clustersPage(url, origin);
      case "numbers":
        return numbersPage(url, origin);
      case "echo":
        return await echo(request, url);
      case "digest":
        return await digest(request);
      case "orders":
        return await orders(request, url, state);
      case "files":
        return answerFile({
          request,
          size: Number(second),
          switches: state.files,
          isTokenGood: async () => await check(tokenOf(request) ?? "") !== undefined,
          closing: closing.signal,
        });
      case "status":
        return statusFor(url, Number(second), state);
      case "redirect":
        return redirect(url);
      case "loop":
        return new Response(null, { status: 302, headers: { location: "/loop" } });
      case "graphql":
        return await (await graphql())(request, facts);
      default:
        return oddAnswer(url) ?? Response.json({ message: "Not found" }, { status: 404 });
    }
  };

  const serve = (
    { tls, takeSocket }: Pick<ApiOptions, "tls" | "takeSocket">,
    originOf: (port: number) => string,
  ) => {
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls },
      async (request) => {
        const url = new URL(request.url);
        const origin = originOf(server.addr.port);
        const { method, headers } = request;
        state.seen.push({ method, url, headers, at: Date.now() });
        if (takeSocket && url.pathname === "/graphql" && isUpgrade(request)) {
          return await takeSocket(request, { check, state });
        }
        const facts = await authenticate(request, { origin, check, state });
        return facts instanceof Response ? facts : await answer({ request, url, facts, origin });
      },
    );
    return { server, origin: originOf(server.addr.port) };
  };
  const behind = serve({}, options.frontOrigin);
  const scheme = options.tls ? "https" : "http";
  const direct = serve(options, (port) => `${scheme}://127.0.0.1:${port}`);
  return {
    port: behind.server.addr.port,
    directOrigin: direct.origin,
    state,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all([behind.server.shutdown(), direct.server.shutdown()]);
    },
  };
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** GraphQL takes a moment to load, and most tests never use it. */
function lazyGraphql(state: ApiState) {
  type Handler = (request: Request, facts: TokenFacts) => Promise<Response>;
  let handler: Promise<Handler> | undefined;
  return () => handler ??= import("./graphql.ts").then(({ createGraphql }) => createGraphql(state));
}

/** Answers a status the first `times` times that the very target is asked for, always unless told. */
function statusFor(url: URL, status: number, { statusCounts }: ApiState): Response {
  const target = url.pathname + url.search;
  const count = (statusCounts.get(target) ?? 0) + 1;
  statusCounts.set(target, count);
  if (count > Number(url.searchParams.get("times") ?? Infinity)) {
    return Response.json({ asked: count });
  }
  const retryAfter = url.searchParams.get("retry_after");
  return Response.json({ message: `Status ${status}` }, {
    status,
    headers: retryAfter === null ? {} : { "retry-after": retryAfter },
  });
}

/** Without `to`, a redirect to nowhere. */
function redirect(url: URL): Response {
  const to = url.searchParams.get("to");
  const status = Number(url.searchParams.get("status") ?? 302);
  return new Response(null, { status, headers: to === null ? {} : { location: to } });
}

async function echo(request: Request, url: URL): Promise<Response> {
  const headers = Object.fromEntries(request.headers);
  // Whoever prints this answer must not print a token.
  delete headers.authorization;
  delete headers.dpop;
  return Response.json({
    method: request.method,
    path: url.pathname,
    search: url.search,
    query: Object.fromEntries(url.searchParams),
    headers,
    body: await request.text(),
  });
}

async function digest(request: Request): Promise<Response> {
  const body = await request.bytes();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return Response.json({
    method: request.method,
    type: request.headers.get("content-type"),
    bytes: body.length,
    sha256: hash.toHex(),
  });
}
