/** Answers that a client must be ready for: errors of many shapes, encodings, hostile text. */

/** Every sequence that must not reach a terminal: clears, titles, C1 controls, text direction. */
export const HOSTILE =
  "a\x1b[2Jb\x1b]0;owned\x07c\x1b]8;;https://evil.example\x1b\\d\x9b31me\x90q\x9cf\u202eg\u2066h\x00i\x08j\x7fk\rl";

/** Errors as APIs word them. Each says "Out of clusters". */
const ERRORS: Readonly<Record<string, unknown>> = {
  message: { message: "Out of clusters", documentation_url: "https://docs.example.com" },
  oauth: { error: "invalid_request", error_description: "Out of clusters" },
  google: { error: { code: 400, message: "Out of clusters", status: "INVALID_ARGUMENT" } },
  errors: { errors: [{ message: "Out of clusters" }, { message: "And more" }] },
};

/** The answer to a path; undefined where the path is none of these. */
export function oddAnswer(url: URL): Response | undefined {
  const query = url.searchParams;
  const status = Number(query.get("status") ?? 200);
  const as = (type: string, body: BodyInit | null, more: HeadersInit = {}) =>
    new Response(body, { status, headers: { "content-type": type, ...more } });
  switch (url.pathname) {
    case "/problem":
      return Response.json(
        {
          type: "https://docs.example.com/problems/conflict",
          title: "Conflict",
          detail: query.get("detail") ?? "The cluster 'alpha' exists already",
          status: 409,
          instance: "/clusters/alpha",
        },
        { status: 409, headers: { "content-type": "application/problem+json" } },
      );
    case "/error":
      return Response.json(ERRORS[query.get("shape") ?? "message"], { status: 422 });
    case "/deep":
      return new Response(nested(Number(query.get("depth") ?? 12)), {
        status: 422,
        headers: { "content-type": "application/json" },
      });
    case "/text":
      return as("text/plain; charset=utf-8", HOSTILE);
    case "/hostile-json":
      return as("application/json", JSON.stringify({ name: HOSTILE }));
    case "/html":
      return as("text/html; charset=utf-8", "<!doctype html><title>Gateway</title><h1>Down</h1>");
    case "/binary":
      return as("image/png", PNG);
    case "/bad-json":
      return as("application/json", '{"name": "alpha", "status": ');
    case "/no-type":
      return new Response(new TextEncoder().encode('{"name":"alpha"}'), { status });
    case "/empty":
      return new Response(null, { status: 204 });
    case "/latin1":
      return as("text/plain; charset=iso-8859-1", new Uint8Array([0x63, 0x61, 0x66, 0xe9]));
    case "/utf16":
      return as("application/json; charset=utf-16le", utf16('\ufeff{"name":"café"}'));
    case "/gzip":
      return as("application/json", compressed(query.get("size")), { "content-encoding": "gzip" });
    case "/bad-gzip":
      return as("application/json", '{"name":"alpha"}', { "content-encoding": "gzip" });
    default:
      return undefined;
  }
}

/** The beginning of a picture, with bytes that are no text. */
export const PNG: Uint8Array<ArrayBuffer> = new Uint8Array([
  ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52],
  ...[0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0x1b, 0x5b, 0x32, 0x4a],
]);

/** An error inside of an error, so many deep. Made by hand: no recursion survives a million. */
function nested(depth: number): string {
  return '{"error":'.repeat(depth) + '{"message":"It is deep"}' + "}".repeat(depth);
}

function utf16(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(index * 2, text.charCodeAt(index), true);
  }
  return bytes;
}

/** A small JSON object; with a `size` (bytes), a string as long as that. */
function compressed(size: string | null): ReadableStream<Uint8Array> {
  return ReadableStream.from(plain(size)).pipeThrough(new CompressionStream("gzip"));
}

function* plain(size: string | null): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  if (size === null) {
    yield encoder.encode('{"name":"alpha"}');
    return;
  }
  const part = encoder.encode("a".repeat(64 * 1024));
  yield encoder.encode('"');
  for (let left = Number(size); left > 0; left -= part.length) {
    yield part.subarray(0, Math.min(left, part.length));
  }
  yield encoder.encode('"');
}
