import type { Session } from "../tokens/session.ts";
import type { Threshold } from "../tokens/state.ts";
import { neededLife } from "../tokens/state.ts";

/** Tokens that expire together are renewed spread over half of the time that they need to have left. */
const SPREAD = 0.5;

/** The least life of a token before it is renewed ahead: a quarter of it, and so many milliseconds. */
const LEAST_LIFE = 0.25;
const LEAST_LIFE_MS = 30_000;

/** The pauses between tries while a provider fails (milliseconds): each twice the one before. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * When a session is to be renewed ahead of need (epoch milliseconds): before a command would
 * have to do it, and never so early that a provider is asked all the time. `share`, 0 to 1, is
 * this session's own, so that many do not march in step.
 */
export function dueAt(
  session: Pick<Session, "obtainedAt" | "expiresAt">,
  threshold: Threshold,
  share: number,
): number {
  const { obtainedAt, expiresAt } = session;
  const ahead = expiresAt - neededLife(session, threshold) * (1 + share * SPREAD);
  const earliest = obtainedAt + Math.max((expiresAt - obtainedAt) * LEAST_LIFE, LEAST_LIFE_MS);
  return Math.max(ahead, earliest);
}

/** How long to leave a provider alone after so many failures in a row (milliseconds), with jitter. */
export function pauseAfter(failures: number, random: () => number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return pause * (0.75 + random() / 2);
}
