import { Secrets } from "../secrets.ts";

/** A request as the provider saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  /** The body where it is JSON, else nothing in it. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  /** Of the answer. */
  status: number;
}

/** Answers requests by method and path, as "POST /token". */
export type Routes = Readonly<Record<string, (seen: Seen) => Response | Promise<Response>>>;

/** A provider of one preset, as strict as it is documented to be. */
export interface PresetServer extends AsyncDisposable {
  readonly origin: string;
  readonly requests: readonly Seen[];
  /** Those to one place, as "POST /token". */
  to(place: string): Seen[];
  /** Every secret that it has given or been given. */
  secrets(): string[];
}

/** Serves on a free loopback port. `routes` is asked once the origin is known. */
export function servePreset(routes: (origin: string) => Routes): PresetServer {
  const requests: Seen[] = [];
  const known = new Secrets();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const seen = await see(request);
    requests.push(seen);
    const answer = await table[`${seen.method} ${seen.path}`]?.(seen) ??
      new Response("Not Found", { status: 404 });
    seen.status = answer.status;
    await keepSecrets(known, seen, answer);
    return answer;
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const table = routes(origin);
  return {
    origin,
    requests,
    to: (place) => requests.filter(({ method, path }) => `${method} ${path}` === place),
    secrets: () => [...known.all],
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function see(request: Request): Promise<Seen> {
  const url = new URL(request.url);
  const body = await request.text();
  const type = request.headers.get("content-type") ?? "";
  return {
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    form: type.startsWith("application/x-www-form-urlencoded")
      ? Object.fromEntries(new URLSearchParams(body))
      : {},
    json: type.startsWith("application/json") ? JSON.parse(body) : {},
    headers: request.headers,
    status: 0,
  };
}

async function keepSecrets(known: Secrets, seen: Seen, answer: Response): Promise<void> {
  const request = {
    endpoint: undefined,
    grantType: undefined,
    body: "",
    at: 0,
    answered: true,
    ...seen,
    form: { ...seen.form, ...texts(seen.json) },
  };
  known.watch(request);
  const { status, headers } = answer;
  known.watch(request, { status, headers, body: await answer.clone().text() });
}

const texts = (json: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

/** The user and password of Basic authentication, read as most servers read them. */
export function basicOf({ headers }: Seen): { user: string; password: string } | undefined {
  const [scheme, value] = headers.get("authorization")?.split(" ") ?? [];
  if (scheme !== "Basic" || !value) return undefined;
  const [user = "", password = ""] = atob(value).split(/:(.*)/s);
  return { user, password };
}

export const oauthError = (error: string, description?: string, status = 400): Response =>
  Response.json({ error, ...(description && { error_description: description }) }, { status });
