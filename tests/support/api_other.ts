import { answerFile, type FileSwitches, newFileSwitches } from "./api_files.ts";
import { numbersPage } from "./api_pages.ts";

/** A request as another server than the API got it. */
export interface OtherRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A server of somebody else. */
export interface Other extends AsyncDisposable {
  readonly origin: string;
  /** All that it was sent. */
  readonly requests: OtherRequest[];
  /** How its `/files/…` behaves. */
  readonly files: FileSwitches;
}

/**
 * Starts a server on an origin of its own, to which no token may go. It asks for none, has
 * `/files/BYTES`, `/numbers` and `/redirect?to=` as the API does, and answers all else with
 * `{"other":true}`.
 */
export function startOther({ tls }: { tls?: { cert: string; key: string } } = {}): Other {
  const requests: OtherRequest[] = [];
  const files = newFileSwitches();
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls },
    async (request) => {
      const url = new URL(request.url);
      const { method, headers } = request;
      requests.push({
        method,
        path: url.pathname + url.search,
        headers,
        body: await request.text(),
      });
      if (url.pathname === "/numbers") return numbersPage(url, url.origin);
      const to = url.searchParams.get("to");
      if (to !== null) return new Response(null, { status: 302, headers: { location: to } });
      if (!url.pathname.startsWith("/files/")) return Response.json({ other: true });
      return answerFile({
        request,
        size: Number(url.pathname.slice("/files/".length)),
        switches: files,
        isTokenGood: () => Promise.resolve(true),
        closing: closing.signal,
      });
    },
  );
  return {
    origin: `${tls ? "https" : "http"}://127.0.0.1:${server.addr.port}`,
    requests,
    files,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  };
}
