import { VantageError } from "../errors.ts";
import { waitForLock } from "../files.ts";
import type { AccountId, AccountLock, LockPurpose, Store } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock } from "../system.ts";

/** A holder that refreshes is bounded to less than this; who waits longer has met a stopped process. */
export const LOCK_TIMEOUT_MS = 90_000;

/**
 * Takes an account's lock, waiting for it; `onBusy` is called once, where another process holds
 * it. Throws `lock_timeout`, `store_…`, or the signal's reason.
 */
export async function lockAccount(
  parts: { store: Store; clock: Clock; id: AccountId },
  purpose: LockPurpose,
  options: { timeoutMs?: number; signal?: AbortSignal; onBusy?: () => void } = {},
): Promise<AccountLock> {
  const { store, clock, id } = parts;
  const lock = await waitForLock(() => store.tryLock(id, purpose), clock, {
    timeoutMs: LOCK_TIMEOUT_MS,
    ...options,
  });
  if (lock) return lock;
  throw new VantageError("lock_timeout", `Another process keeps '${formatAccount(id)}' busy`, {
    hint: "Find out why it hangs (is it stopped?), then run the command again",
  });
}
