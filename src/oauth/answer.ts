import { retryAfterMs } from "../retry_after.ts";
import { errorCode, errorMessage } from "./error_code.ts";
import { ProviderError } from "./provider_error.ts";

/** OAuth error codes that promise a better answer later (RFC 6749, 4.1.2.1). */
const PASSING = new Set(["temporarily_unavailable", "server_error"]);

/** A token that lives longer than this (seconds) was not meant seriously. */
export const LONGEST_LIFE_S = 10 * 365 * 86_400;

/**
 * Judges the answer of an OAuth endpoint. Returns a success as the JSON response that
 * `oauth4webapi` expects, throws {@link ProviderError} for anything else.
 *
 * A success is taken generously, because an answer thrown away is a refresh token lost: the
 * content type does not matter as long as the body is a JSON object, members that are null
 * count as absent, and so does a number of seconds that is none. An OAuth error is one under
 * any status: GitHub answers 200 with it.
 */
export async function successfulAnswer(
  response: Response,
  what: string,
  successStatus = 200,
): Promise<Response> {
  const { status, headers } = response;
  const body = readBody(await response.text(), headers.get("content-type"));
  const named = errorCode(body?.error, status, headers.get("www-authenticate"));
  const oauthError = named?.standard;

  if (status >= 200 && status < 300 && oauthError === undefined) {
    if (body) {
      return Response.json(normalise(body), {
        status: successStatus,
        headers: keptHeaders(headers),
      });
    }
    const message = `${what} answered ${status} without a JSON object`;
    throw new ProviderError("unusable", message, { status });
  }

  const pauseMs = retryAfterMs(headers);
  const description = text(body?.error_description) ?? errorMessage(body?.error);
  const detail = [named?.own, description && `(${description})`].filter(Boolean).join(" ");
  const intervalMs = Number(body?.interval) * 1000;
  throw new ProviderError(
    failureKind(status, oauthError),
    `${what} answered ${status}${detail && `: ${detail}`}`,
    {
      status,
      ...(oauthError !== undefined && { oauthError }),
      ...(pauseMs !== undefined && { retryAfterMs: pauseMs }),
      ...(intervalMs > 0 && { intervalMs }),
    },
  );
}

function failureKind(status: number, oauthError: string | undefined) {
  if (status === 408 || status === 429 || status >= 500) return "unavailable";
  if (oauthError === undefined || status >= 300 && status < 400) return "unusable";
  return PASSING.has(oauthError) ? "unavailable" : "refused";
}

/** JSON, whatever the content type says; a form where it says so, as GitHub has it by default. */
function readBody(text: string, contentType: string | null): Record<string, unknown> | undefined {
  const isForm = contentType?.toLowerCase().startsWith("application/x-www-form-urlencoded");
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : jsonObject(text);
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

function normalise(body: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  // Some providers send them as strings, and 0 where they mean nothing.
  for (const name of ["expires_in", "interval"]) {
    const seconds = typeof kept[name] === "boolean" ? NaN : Number(kept[name]);
    if (!Number.isFinite(seconds) || seconds <= 0) delete kept[name];
    else kept[name] = Math.min(seconds, LONGEST_LIFE_S);
  }
  if (kept.refresh_token === "") delete kept.refresh_token;
  // Google's name for it, from a draft of RFC 8628.
  kept.verification_uri ??= kept.verification_url;
  if (kept.verification_uri === undefined) delete kept.verification_uri;
  return kept;
}

function keptHeaders(headers: Headers): Headers {
  const kept = new Headers();
  for (const name of ["date", "dpop-nonce"]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
