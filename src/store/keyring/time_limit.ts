import type { Clock } from "../../system.ts";
import { unresponsive } from "./problems.ts";

/** How long a keyring may be waited for, as it is seen by who waits. */
export interface TimeLimit {
  /** Aborts with `store_unresponsive` when the time is up; nothing may be done after that. */
  readonly signal: AbortSignal;
  /** The keyring has answered: the time for the next answer begins. */
  readonly progress: () => void;
}

/**
 * Runs `work`, and throws `store_unresponsive` when `limitMs` pass without progress. Its signal
 * aborts then, so that nothing is written later, when the account's lock may be another's.
 */
export async function withinTimeLimit<T>(
  clock: Clock,
  limitMs: number,
  work: (limit: TimeLimit) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const { signal } = limit;
  const expired = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
  let timer = new AbortController();
  const start = () => {
    timer = new AbortController();
    clock.sleep(limitMs, timer.signal).then(() => limit.abort(unresponsive()), () => {});
  };
  const progress = () => {
    if (timer.signal.aborted) return; // the work has ended
    timer.abort();
    start();
  };
  start();
  try {
    const working = work({ signal, progress });
    working.catch(() => {}); // when it comes second, nobody looks at it
    return await Promise.race([working, expired]);
  } finally {
    timer.abort();
  }
}
