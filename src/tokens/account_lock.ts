import { VantageError } from "../errors.ts";
import { pauseForLock } from "../files.ts";
import type { AccountId, AccountLock, LockPurpose, Store } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock } from "../system.ts";

/** A holder that refreshes is bounded to less than this; who waits longer has met a stopped process. */
export const LOCK_TIMEOUT_MS = 90_000;

/**
 * Takes an account's lock, waiting for it. After every failed try `meanwhile` may end the
 * waiting with a result of its own. Throws `lock_timeout`, `store_…`, or the signal's reason.
 */
export async function takeLock<T = never>(
  parts: { store: Store; clock: Clock; id: AccountId },
  purpose: LockPurpose,
  options: {
    timeoutMs?: number;
    signal?: AbortSignal;
    meanwhile?: () => Promise<T | undefined>;
  } = {},
): Promise<{ lock: AccountLock; waited: boolean } | { result: T }> {
  const { store, clock, id } = parts;
  const deadline = clock.now() + (options.timeoutMs ?? LOCK_TIMEOUT_MS);
  for (let waited = false;; waited = true) {
    const lock = await store.tryLock(id, purpose);
    if (lock) return { lock, waited };
    if (clock.now() > deadline) {
      throw new VantageError("lock_timeout", `Another process keeps '${formatAccount(id)}' busy`, {
        hint: "Find out why it hangs (is it stopped?), then run the command again",
      });
    }
    const result = await options.meanwhile?.();
    if (result !== undefined) return { result };
    await pauseForLock(clock, options.signal);
  }
}
