import { VantageError } from "../errors.ts";
import { NetworkError } from "../http.ts";
import type { ApiAnswer, ApiClient, ApiRequest } from "./client.ts";
import { isIdempotent, MOST_SENDS } from "./retry.ts";

/** What is read whole (to be searched, sorted or joined) may be so large. */
export const MOST_READ_BYTES = 64 * 1024 * 1024;

/** An answer with its body. */
export interface WholeAnswer extends Omit<ApiAnswer, "body" | "cancel"> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Sends a request and reads the answer whole. One that breaks off is asked for again, where the
 * request may be sent again. Throws `api_answer` for one that is too large.
 */
export async function wholeAnswer(
  client: Pick<ApiClient, "send">,
  request: ApiRequest,
): Promise<WholeAnswer> {
  const mayRepeat = !request.body?.once && (request.idempotent ?? isIdempotent(request.method));
  for (let sent = 1;; sent++) {
    const answer = await client.send(request);
    try {
      const { body: _body, cancel: _cancel, ...rest } = answer;
      return { ...rest, bytes: await readWhole(answer) };
    } catch (error) {
      if (!(error instanceof NetworkError) || !mayRepeat || sent >= MOST_SENDS) throw error;
    }
  }
}

/** All of an answer's body. Throws `api_answer`, `network`. */
export async function readWhole(answer: ApiAnswer): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > MOST_READ_BYTES) {
      await answer.cancel();
      throw new VantageError("api_answer", `The answer of ${answer.url.origin} is too large`, {
        hint: "More than 64 MiB can only be passed on as they are: leave out --jq, --columns, " +
          "--paginate and the like, and use -o or a pipe",
      });
    }
    chunks.push(chunk.slice()); // the chunk is only lent
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** A body as JSON text, decoded. Throws `api_answer` where it is none. */
export function jsonOf({ bytes, url }: Pick<WholeAnswer, "bytes" | "url">): {
  text: string;
  value: unknown;
} {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // RFC 8259, 8.1
    return { text, value: JSON.parse(text) };
  } catch {
    throw new VantageError("api_answer", `Cannot read the answer of ${url.origin}: it is no JSON`, {
      hint: "Leave out --jq, --columns and the like to see it as it is",
    });
  }
}
