import { VantageError } from "../errors.ts";
import { retryAfterMs } from "../retry_after.ts";
import { isPassing } from "./retry.ts";
import type { ApiAnswer } from "./client.ts";

/** So much of an error's body is looked at for a sentence. */
export const LOOKED_AT_BYTES = 64 * 1024;

/** A sentence is no longer than this. */
const LONGEST_SENTENCE = 300;

/** A server that wants us to stay away for longer does not mean it. */
const LONGEST_PAUSE_MS = 7 * 24 * 60 * 60 * 1000;

/** What an answer with an error status is to a person. `start` is the beginning of its body. */
export function statusError(
  answer: Omit<ApiAnswer, "body" | "cancel">,
  start: Uint8Array,
): VantageError {
  const { method, url, status, statusText, headers } = answer;
  const sentence = sentenceOf(start, headers.get("content-type") ?? "");
  const what = `${method} ${url.origin}${url.pathname} answered ` +
    `${status}${statusText && ` ${statusText}`}${sentence && `: ${sentence}`}`;
  if (status === 401) {
    return new VantageError("token_refused", what, {
      hint: answer.isReadyToken ? OWN_TOKEN : SESSION_TOKEN,
    });
  }
  if (isPassing(status) || status >= 500) {
    const pause = retryAfterMs(headers);
    const isTold = pause !== undefined && pause <= LONGEST_PAUSE_MS;
    const when = isTold ? `in ${Math.ceil(pause / 1000)} s` : "later";
    return new VantageError("api_unavailable", what, { hint: `Run the command again ${when}` });
  }
  return new VantageError("api_refused", what, { hint: HINTS[status] ?? HINT });
}

const OWN_TOKEN = "Set VANTAGE_TOKEN to a token that lives, or unset it; " +
  "an API key is replaced with `vantage account add SERVICE ACCOUNT --api-key --force`";

const SESSION_TOKEN = "Log in again with `vantage login --force`; if it stays so, the API does " +
  "not take this provider's tokens, or wants another audience";

const HINT = "Check the path and the fields; -i shows the headers of the answer, -v the request";

const HINTS: Record<number, string> = {
  403: "Your account may not do this, or its token lacks a scope: log in again with --scope",
  404: "Check the path; some APIs answer so too where you may not look",
};

/** Reads the beginning of an answer's body and gives up the rest. Never throws for what it is. */
export async function answerError(answer: ApiAnswer): Promise<VantageError> {
  const start = new Uint8Array(LOOKED_AT_BYTES);
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      const part = chunk.subarray(0, start.length - length);
      start.set(part, length);
      length += part.length;
      if (length === start.length) break;
    }
  } catch {
    // What there is has to do.
  }
  await answer.cancel();
  return statusError(answer, start.subarray(0, length));
}

/** What the body says is wrong (RFC 9457, or the ways that APIs have), "" where it says nothing. */
function sentenceOf(start: Uint8Array, contentType: string): string {
  const text = new TextDecoder().decode(start);
  if (/json/i.test(contentType) || /^\s*\{/.test(text)) {
    try {
      return shortened(sentenceIn(JSON.parse(text), 0));
    } catch {
      return "";
    }
  }
  return /^text\/plain/i.test(contentType) ? shortened(text.trim()) : "";
}

/** Deeper than any error that means to be read. */
const DEEPEST = 12;

/** The members that hold an error's sentence, the best first. */
const MEMBERS = ["detail", "message", "error_description", "msg", "description", "reason"];

/** The members that hold another object, or a list, with the sentence. */
const WRAPPERS = ["error", "errors", "fault", "problem", "status", "cause", "details"];

function sentenceIn(value: unknown, depth: number): string {
  if (depth > DEEPEST) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length === 0 ? "" : sentenceIn(value[0], depth + 1);
  if (typeof value !== "object" || value === null) return "";
  const members = value as Record<string, unknown>;
  const own = MEMBERS.map((name) => members[name]).find(isText);
  const title = isText(members.title) ? members.title : undefined;
  if (title !== undefined && own !== undefined) return `${title}: ${own}`;
  if (own !== undefined) return own;
  for (const name of WRAPPERS) {
    const inner = Object.hasOwn(members, name) ? sentenceIn(members[name], depth + 1) : "";
    if (inner !== "") return inner;
  }
  return title ?? "";
}

const isText = (value: unknown): value is string => typeof value === "string" && /\S/.test(value);

/** What a server says, on one line that is not too long. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= LONGEST_SENTENCE) return line;
  return line.slice(0, LONGEST_SENTENCE).replace(/[\ud800-\udbff]$/, "") + "…";
}
