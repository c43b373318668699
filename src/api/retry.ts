/** A request is sent so many times at most. */
export const MOST_SENDS = 4;

/** A pause that a server asks for may be so long; a longer one is the person's to decide. */
export const LONGEST_PAUSE_MS = 60_000;

const FIRST_PAUSE_MS = 500;

/** RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Answers that promise a better one later: 429, 502, 503 and 504. */
const PASSING = new Set([429, 502, 503, 504]);

export const isIdempotent = (method: string): boolean => IDEMPOTENT.has(method);

export const isPassing = (status: number): boolean => PASSING.has(status);

/**
 * How long to wait before the next try (milliseconds), undefined where waiting is pointless.
 * `sent` counts the tries so far, `askedMs` is what the server asks for. `random` is between 0
 * and 1: clients that failed together should not come back together.
 */
export function pauseBefore(sent: number, askedMs: number | undefined, random: number) {
  if (sent >= MOST_SENDS) return undefined;
  if (askedMs === undefined) return FIRST_PAUSE_MS * 2 ** (sent - 1) * (0.5 + random);
  return askedMs > LONGEST_PAUSE_MS ? undefined : askedMs + random * FIRST_PAUSE_MS;
}
