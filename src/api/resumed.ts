import { VantageError } from "../errors.ts";
import { NetworkError } from "../http.ts";
import { answerError } from "./answer_error.ts";
import type { ApiAnswer, ApiClient, ApiRequest } from "./client.ts";

/** A body that breaks off so often without a byte more is given up. */
const MOST_FRUITLESS_TRIES = 3;

/** What tells two versions of a file apart: a strong ETag, else a date (RFC 9110, 8.8). */
export function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) return etag;
  const modified = headers.get("last-modified");
  if (etag !== null || modified === null) return undefined;
  // A file may change twice within the second that the date names (RFC 9110, 8.8.2.2).
  const age = Date.parse(headers.get("date") ?? "") - Date.parse(modified);
  return age >= 1_000 ? modified : undefined;
}

/**
 * Whether the rest of an answer can be asked for (RFC 9110, 14.2). Its length says that what we
 * count are its own bytes: the runtime leaves it out where it has uncompressed them.
 */
export function isResumable({ method, status, headers }: ApiAnswer): boolean {
  return method === "GET" && status === 200 && validatorOf(headers) !== undefined &&
    headers.has("content-length") && headers.get("accept-ranges") !== "none";
}

/** The size of the whole, where an answer tells it. */
export function totalOf({ status, headers }: Pick<ApiAnswer, "status" | "headers">) {
  const text = status === 206
    ? /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1]
    : headers.get("content-length");
  return text === null || text === undefined ? undefined : Number(text);
}

/** Whether an answer is of the version that a validator names, as far as it says. */
function isOfVersion(headers: Headers, validator: string): boolean {
  const name = validator.startsWith('"') ? "etag" : "last-modified";
  return (headers.get(name) ?? validator) === validator;
}

/** What a server gives that was asked for the rest: the rest, or another version of the whole. */
export interface Rest {
  readonly answer: ApiAnswer;
  readonly isRest: boolean;
}

/**
 * Asks for what is behind the first `from` bytes of a version of a file. Undefined where the
 * server cannot give that. Throws the answer's error: `api_…`, `token_refused`.
 */
export async function restOf(
  client: Pick<ApiClient, "send">,
  request: ApiRequest,
  from: number,
  validator: string,
): Promise<Rest | undefined> {
  const answer = await client.send({ ...request, rest: { from, validator } });
  if (answer.status === 416) { // RFC 9110, 15.5.17
    await answer.cancel();
    return undefined;
  }
  if (answer.status >= 400) throw await answerError(answer);
  const start = /^bytes (\d+)-/.exec(answer.headers.get("content-range") ?? "")?.[1];
  // Some servers know ranges and not their condition, and would give the rest of another version.
  const isWanted = Number(start) === from && isOfVersion(answer.headers, validator);
  if (answer.status === 206 && !isWanted) {
    await answer.cancel();
    return undefined;
  }
  return { answer, isRest: answer.status === 206 };
}

/**
 * The body of an answer to a GET, gone on with where it breaks off, by a request for the rest
 * with a token that is fresh then. Throws `network`, and `download_failed` where the file is
 * another one by then. `done` bytes of the whole were there before.
 */
export async function* resumedBody(
  client: Pick<ApiClient, "send">,
  request: ApiRequest,
  answer: ApiAnswer,
  done = 0,
): AsyncGenerator<Uint8Array> {
  const validator = validatorOf(answer.headers);
  // A part that is not ours to go on with is one that the person asked for.
  const resumable = isResumable(answer) || answer.status === 206 && done > 0;
  let current = answer;
  for (let fruitless = 0;;) {
    const before = done;
    try {
      for await (const chunk of current.body) {
        done += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof NetworkError) || !resumable || validator === undefined) throw error;
      fruitless = done > before ? 0 : fruitless + 1;
      if (fruitless >= MOST_FRUITLESS_TRIES) throw error;
    }
    const rest = await restOf(client, request, done, validator);
    if (!rest?.isRest) {
      await rest?.answer.cancel();
      throw changed(answer.url);
    }
    current = rest.answer;
  }
}

export const changed = (url: URL) =>
  new VantageError("download_failed", `${url.origin} has no more of the file that it began with`, {
    hint: "Run the command again to start over",
  });
