import * as jose from "jose";
import { account } from "./account.ts";
import type { TokenFacts } from "./oidc.ts";

/** What the API needs of the world. */
export interface ApiOptions {
  /** The address its clients use, as DPoP proofs name it. */
  readonly origin: () => string;
  /** What a living access token stands for; undefined for any other. */
  readonly check: (accessToken: string) => Promise<TokenFacts | undefined>;
}

/** A running API, without its front. */
export interface Api extends AsyncDisposable {
  readonly port: number;
}

export interface Cluster {
  readonly name: string;
  readonly status: string;
}

/** What its `/clusters` holds. */
export const clusters: readonly Cluster[] = [
  { name: "alpha", status: "ready" },
  { name: "beta", status: "ready" },
  { name: "gamma", status: "draining" },
];

/**
 * Starts a small protected API: `GET /me`, `GET /clusters?page=&per_page=` (with `Link` headers),
 * `/echo` (any method; answers what it got) and `POST /graphql`.
 */
export function startApi(options: ApiOptions): Api {
  const graphql = lazyGraphql();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const facts = await authenticate(request, options);
      if (facts instanceof Response) return facts;
      const url = new URL(request.url);
      switch (url.pathname) {
        case "/me":
          return Response.json({ ...account(facts.subject), scope: facts.scope });
        case "/clusters":
          return clustersPage(url, options.origin());
        case "/echo":
          return await echo(request, url);
        case "/graphql":
          return await (await graphql())(request, facts);
        default:
          return Response.json({ message: "Not found" }, { status: 404 });
      }
    },
  );
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** GraphQL takes a moment to load, and most tests never use it. */
function lazyGraphql() {
  type Handler = (request: Request, facts: TokenFacts) => Promise<Response>;
  let handler: Promise<Handler> | undefined;
  return () => handler ??= import("./graphql.ts").then(({ createGraphql }) => createGraphql());
}

/** Judges the access token (RFC 6750) and, where it is bound to a key, its proof (RFC 9449). */
async function authenticate(request: Request, options: ApiOptions): Promise<TokenFacts | Response> {
  const [scheme = "", token] = request.headers.get("authorization")?.split(" ") ?? [];
  if (!token) return refusal("Bearer");
  const facts = await options.check(token);
  const challenge = facts?.jkt ? 'DPoP algs="ES256"' : "Bearer";
  if (!facts) return refusal(challenge, "invalid_token", "The token is unknown or expired");
  if (scheme.toLowerCase() !== (facts.jkt ? "dpop" : "bearer")) {
    return refusal(challenge, "invalid_token", `The token is not for the ${scheme} scheme`);
  }
  const fault = facts.jkt && await proofFault(request, token, facts.jkt, options.origin());
  return fault ? refusal(challenge, "invalid_dpop_proof", fault) : facts;
}

function refusal(challenge: string, error?: string, description?: string): Response {
  const detail = error ? ` error="${error}", error_description="${description}"` : "";
  const separator = detail && challenge.includes(" ") ? "," : "";
  return Response.json({ message: description ?? "No token" }, {
    status: 401,
    headers: { "www-authenticate": challenge + separator + detail },
  });
}

/** What is wrong with the request's DPoP proof; undefined when nothing is. */
async function proofFault(
  request: Request,
  token: string,
  jkt: string,
  origin: string,
): Promise<string | undefined> {
  try {
    const proof = request.headers.get("dpop") ?? "";
    const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK, {
      typ: "dpop+jwt",
    });
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const { jwk } = protectedHeader;
    if (!jwk || await jose.calculateJwkThumbprint(jwk) !== jkt) return "The key is another";
    if (payload.ath !== jose.base64url.encode(new Uint8Array(hash))) return "ath is wrong";
    if (payload.htm !== request.method) return "htm is wrong";
    if (payload.htu !== origin + new URL(request.url).pathname) return "htu is wrong";
    return undefined;
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return "The proof is malformed";
    throw error;
  }
}

/** One page of clusters, the next one named as RFC 8288 has it. */
function clustersPage(url: URL, origin: string): Response {
  const page = Number(url.searchParams.get("page") ?? 1);
  const size = Number(url.searchParams.get("per_page") ?? clusters.length);
  const items = clusters.slice((page - 1) * size, page * size);
  const isLast = page * size >= clusters.length;
  const next = `<${origin}/clusters?page=${page + 1}&per_page=${size}>; rel="next"`;
  return Response.json(items, { headers: isLast ? {} : { link: next } });
}

async function echo(request: Request, url: URL): Promise<Response> {
  const headers = Object.fromEntries(request.headers);
  // Whoever prints this answer must not print a token.
  delete headers.authorization;
  delete headers.dpop;
  return Response.json({
    method: request.method,
    query: Object.fromEntries(url.searchParams),
    headers,
    body: await request.text(),
  });
}
