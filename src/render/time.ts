import { NEVER } from "../never.ts";

const UNITS = [["y", 31_536_000], ["d", 86_400], ["h", 3_600], ["m", 60], ["s", 1]] as const;

/** An instant for programs: RFC 3339, UTC, whole seconds. */
export const rfc3339 = (epochMs: number): string =>
  new Date(Math.floor(epochMs / 1000) * 1000).toISOString().replace(".000Z", "Z");

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** The instant (epoch milliseconds) that `text` is, undefined where it is none (RFC 3339, 5.6). */
export function instantOf(text: string): number | undefined {
  if (!RFC3339.test(text)) return undefined;
  const epochMs = Date.parse(text.toUpperCase());
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** A span for people, its two largest units: `1h 5m`. A year (`y`) has 365 days. */
export function span(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0s";
}

/** An instant for people, seen from `now`. */
export function relative(epochMs: number, now: number): string {
  if (epochMs >= NEVER) return "never";
  const ms = epochMs - now;
  return ms >= 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

/** Time left, as a clock: `4:05`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
