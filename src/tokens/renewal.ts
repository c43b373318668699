import { VantageError } from "../errors.ts";
import type { RenewalOutcome } from "../oauth/token_set.ts";
import type { Clock } from "../system.ts";

const MAX_TRIES = 3;
/** No new try starts after this long, so a command never hangs on a provider that is down. */
const TRY_FOR_MS = 20_000;
const FIRST_BACKOFF_MS = 500;

/**
 * Renews by trying once and, after a passing failure, a bounded number of times more.
 *
 * A definite failure (the request never arrived, or was answered 408, 429, 5xx) is tried again
 * after a backoff with jitter, or after `Retry-After`. Where the answer may have been lost, the
 * request is sent again once, at once, and never more: a provider with a grace window answers
 * it, any other has consumed the refresh token already. `interrupted` ends the pauses only.
 */
export async function renewPatiently(
  renew: () => Promise<RenewalOutcome>,
  clock: Clock,
  interrupted?: AbortSignal,
  random: () => number = Math.random,
): Promise<RenewalOutcome> {
  const deadline = clock.now() + TRY_FOR_MS;
  let backoff = FIRST_BACKOFF_MS;
  for (let tries = 1;; tries++) {
    const outcome = await renew();
    if (outcome.kind !== "transient") return outcome;
    if (outcome.answerLost) return lostThen(await renew());
    if (tries === MAX_TRIES) return outcome;
    const pause = Math.max(outcome.retryAfterMs ?? 0, backoff * (0.5 + random()));
    // Never more than the whole, should the clock have been set back meanwhile.
    if (pause > Math.min(deadline - clock.now(), TRY_FOR_MS)) return outcome;
    await clock.sleep(pause, interrupted);
    backoff *= 2;
  }
}

/** The outcome of the second try, which a refusal tells more about than its own words do. */
function lostThen(outcome: RenewalOutcome): RenewalOutcome {
  if (outcome.kind !== "refused") return outcome;
  const message = "its answer to a refresh was lost on the way, and it does not repeat it " +
    `(${outcome.error.message})`;
  return {
    kind: "refused",
    error: new VantageError("session_ended", message, { cause: outcome.error }),
  };
}
