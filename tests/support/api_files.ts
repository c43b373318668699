/** How `/files/…` behaves. All of it may change between two requests, and during one. */
export interface FileSwitches {
  /** Content, ETag and date differ from version to version. */
  version: number;
  /** What identifies the version: a strong ETag and a date, a weak ETag, a date alone, nothing. */
  validators: "both" | "weak" | "date" | "none";
  /** Answers 200 with the whole to a Range, as servers may. */
  ignoresRange: boolean;
  /** Answers a Range whatever If-Range says, as some servers do. */
  ignoresIfRange: boolean;
  /** After how many bytes of its body each of the next answers is cut, one number an answer. */
  readonly cuts: number[];
  /** After how many bytes of its body each of the next answers goes no further. */
  readonly stalls: number[];
  /** What happens once, when an answer comes to so many bytes of the file: the test's own events. */
  readonly events: Map<number, () => void>;
  /** How much larger the declared length is than the true one. */
  lengthError: number;
  /** Asks at every MiB whether the token is still good, and cuts the connection when not. */
  checksToken: boolean;
}

export function newFileSwitches(): FileSwitches {
  return {
    version: 1,
    validators: "both",
    ignoresRange: false,
    ignoresIfRange: false,
    cuts: [],
    stalls: [],
    events: new Map(),
    lengthError: 0,
    checksToken: false,
  };
}

const CHUNK_BYTES = 64 * 1024;
const MEBIBYTE = 1024 * 1024;

/** A prime, so that no power of two is a multiple of it and a chunk at a wrong place shows. */
const PERIOD = 1_048_583;
const pattern = makePattern();

function makePattern(): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil((PERIOD + CHUNK_BYTES) / 4));
  let word = 2_463_534_242; // xorshift32, by Marsaglia
  for (let index = 0; index < words.length; index++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  const bytes = new Uint8Array(words.buffer).subarray(0, PERIOD + CHUNK_BYTES);
  bytes.copyWithin(PERIOD, 0, CHUNK_BYTES);
  return bytes;
}

/** The bytes of the file from `start` on: as many as asked for, 64 KiB at most. Not a copy. */
export function fileChunk(start: number, length: number, version = 1): Uint8Array<ArrayBuffer> {
  const at = (start + version * 4099) % PERIOD;
  return pattern.subarray(at, at + Math.min(length, CHUNK_BYTES));
}

/** The whole file. */
export function fileStream(size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= size) return controller.close();
      const chunk = fileChunk(at, size - at);
      at += chunk.length;
      controller.enqueue(chunk);
    },
  });
}

/** Whether what is at `path` is the file of so many bytes, and nothing but it. */
export async function isFile(path: string, size: number, version = 1): Promise<boolean> {
  using file = await Deno.open(path);
  if ((await file.stat()).size !== size) return false;
  const read = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; at < size;) {
    const count = await file.read(read);
    if (count === null) return false;
    const expected = fileChunk(at, count, version);
    for (let index = 0; index < count; index++) {
      if (read[index] !== expected[index]) return false;
    }
    at += count;
  }
  return true;
}

/** What an answer with a file needs. */
export interface FileCall {
  readonly request: Request;
  readonly size: number;
  readonly switches: FileSwitches;
  /** Whether the request's token is still good. */
  readonly isTokenGood: () => Promise<boolean>;
  /** Ends the answers that stall. */
  readonly closing: AbortSignal;
}

/** Answers GET and HEAD of a file: whole, or one range of it (RFC 9110, section 14). */
export function answerFile(call: FileCall): Response {
  const { request, size, switches } = call;
  const headers = new Headers({ "content-type": "application/octet-stream" });
  if (!switches.ignoresRange) headers.set("accept-ranges", "bytes");
  for (const [name, value] of Object.entries(validators(switches))) headers.set(name, value);
  const range = switches.ignoresRange || request.method === "HEAD" || !isSameVersion(call)
    ? undefined
    : parseRange(request.headers.get("range"), size);
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: size };
  headers.set("content-length", String(end - start + switches.lengthError));
  if (range) headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  const body = request.method === "HEAD" ? null : streamFile(call, start, end);
  return new Response(body, { status: range ? 206 : 200, headers });
}

function validators({ validators, version }: FileSwitches): Record<string, string> {
  const etag = `"v${version}"`;
  const date = new Date(Date.UTC(2026, 0, version)).toUTCString();
  switch (validators) {
    case "both":
      return { etag, "last-modified": date };
    case "weak":
      return { etag: `W/${etag}` };
    case "date":
      return { "last-modified": date };
    case "none":
      return {};
  }
}

/** RFC 9110, section 13.1.5: a weak ETag never matches, a date only if it is the very same. */
function isSameVersion({ request, switches }: FileCall): boolean {
  const asked = request.headers.get("if-range");
  if (asked === null || switches.ignoresIfRange) return true;
  const { etag, "last-modified": date } = validators(switches);
  return asked.startsWith("W/") ? false : asked === etag || asked === date;
}

/** One range, `end` behind its last byte. More ranges than one, or garbage, may be ignored. */
function parseRange(
  header: string | null,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = header?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  if (start >= size) return "unsatisfiable";
  return start < end ? { start, end } : undefined;
}

function streamFile(call: FileCall, start: number, end: number): ReadableStream<Uint8Array> {
  const { switches, isTokenGood, closing } = call;
  const { version } = switches;
  const cut = start + (switches.cuts.shift() ?? Infinity);
  const stall = start + (switches.stalls.shift() ?? Infinity);
  let at = start;
  let checked = Math.floor(start / MEBIBYTE);
  return new ReadableStream({
    async pull(controller) {
      if (at >= cut) return controller.error(new Error("Cut by the test"));
      if (at >= stall) return await aborted(closing);
      if (at >= end) return controller.close();
      for (const [bytes, event] of switches.events) {
        if (at >= bytes && switches.events.delete(bytes)) event();
      }
      if (switches.checksToken && Math.floor(at / MEBIBYTE) > checked) {
        checked = Math.floor(at / MEBIBYTE);
        if (!await isTokenGood()) return controller.error(new Error("The token is refused"));
      }
      const chunk = fileChunk(at, Math.min(end, cut, stall) - at, version);
      at += chunk.length;
      controller.enqueue(chunk);
    },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
