import { VantageError } from "../errors.ts";
import type { HeldLock } from "../files.ts";
import { waitForLock } from "../files.ts";
import { tryLockAccount } from "../store/lock_files.ts";
import type { AccountId, AccountLock, LockPurpose, Store } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock, Files } from "../system.ts";

/** A holder that refreshes is bounded to less than this; who waits longer has met a stopped process. */
export const LOCK_TIMEOUT_MS = 90_000;

type LockOptions = { timeoutMs?: number; signal?: AbortSignal; onBusy?: () => void };

/**
 * Takes an account's lock, waiting for it; `onBusy` is called once, where another process holds
 * it. Throws `lock_timeout`, `store_…`, or the signal's reason.
 */
export async function lockAccount(
  { store, clock, id }: { store: Store; clock: Clock; id: AccountId },
  purpose: LockPurpose,
  options: LockOptions = {},
): Promise<AccountLock> {
  return await patiently(() => store.tryLock(id, purpose), clock, id, options);
}

/** Takes the lock of an account for who writes to more than one store. Throws as {@link lockAccount}. */
export async function holdAccount(
  { files, clock }: { files: Files; clock: Clock },
  dir: string,
  id: AccountId,
  options: LockOptions = {},
): Promise<HeldLock> {
  return await patiently(() => tryLockAccount(files, dir, id, "write"), clock, id, options);
}

async function patiently<T>(
  tryLock: () => Promise<T | undefined>,
  clock: Clock,
  id: AccountId,
  options: LockOptions,
): Promise<T> {
  const lock = await waitForLock(tryLock, clock, { timeoutMs: LOCK_TIMEOUT_MS, ...options });
  if (lock) return lock;
  throw new VantageError("lock_timeout", `Another process keeps '${formatAccount(id)}' busy`, {
    hint: "Find out why it hangs (is it stopped?), then run the command again",
  });
}
