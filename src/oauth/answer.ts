import { ProviderError } from "./provider_error.ts";

/** OAuth error codes that promise a better answer later (RFC 6749, 4.1.2.1). */
const PASSING = new Set(["temporarily_unavailable", "server_error", "slow_down"]);
const POLLING = new Set(["authorization_pending", "slow_down"]);

/** A token that lives longer than this (seconds) was not meant seriously. */
const LONGEST_LIFE_S = 10 * 365 * 86_400;

/**
 * Judges the answer of an OAuth endpoint. Returns a success as the JSON response that
 * `oauth4webapi` expects, throws {@link ProviderError} for anything else.
 *
 * A success is taken generously, because an answer thrown away is a refresh token lost: the
 * content type does not matter as long as the body is a JSON object, members that are null
 * count as absent, and so does an `expires_in` that is no life time.
 */
export async function successfulAnswer(
  response: Response,
  what: string,
  successStatus = 200,
): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  const body = jsonObject(text);

  if (status >= 200 && status < 300) {
    if (!body) {
      throw new ProviderError("unusable", `${what} answered ${status} without a JSON object`, {
        status,
      });
    }
    return Response.json(normalise(body), { status: successStatus, headers: keptHeaders(headers) });
  }

  const retryAfterMs = retryAfter(headers.get("retry-after"), headers.get("date"));
  const oauthError = typeof body?.error === "string" ? body.error : undefined;
  const detail = oauthError === undefined
    ? ""
    : `: ${oauthError}${
      typeof body?.error_description === "string" ? ` (${body.error_description})` : ""
    }`;
  const message = `${what} answered ${status}${detail}`;
  const facts = {
    status,
    ...(oauthError !== undefined && { oauthError }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  if (status === 408 || status === 429 || status >= 500) {
    throw new ProviderError("unavailable", message, facts);
  }
  if (oauthError === undefined || status < 400) throw new ProviderError("unusable", message, facts);
  const passing = PASSING.has(oauthError) && !POLLING.has(oauthError);
  throw new ProviderError(passing ? "unavailable" : "refused", message, facts);
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

function normalise(body: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const seconds = Number(kept.expires_in);
  if (typeof kept.expires_in === "boolean" || !Number.isFinite(seconds) || seconds <= 0) {
    delete kept.expires_in;
  } else {
    kept.expires_in = Math.min(seconds, LONGEST_LIFE_S);
  }
  if (kept.refresh_token === "") delete kept.refresh_token;
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

/** `Retry-After` as milliseconds: seconds, or a date by the server's own clock (RFC 9110, 10.2.3). */
function retryAfter(value: string | null, date: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const until = Date.parse(value) - Date.parse(date ?? "");
  return Number.isFinite(until) ? Math.max(0, until) : undefined;
}
