/**
 * How long an answer asks to wait, in milliseconds: `Retry-After` is a number of seconds, or a date
 * by the server's own clock, which `Date` tells (RFC 9110, 10.2.3). Undefined where it does not say.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // The parser takes much for a date; the format has GMT at its end.
  const until = /GMT$/.test(value)
    ? Date.parse(value) - Date.parse(headers.get("date") ?? "")
    : NaN;
  return Number.isFinite(until) ? Math.max(0, until) : undefined;
}
