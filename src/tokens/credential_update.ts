import type { AccountId, Store } from "../store/store.ts";
import type { Clock } from "../system.ts";
import { lockAccount } from "./account_lock.ts";
import { readableCredentials } from "./saved_credentials.ts";
import type { Credentials } from "./session.ts";
import { encodeCredentials } from "./session.ts";

/**
 * Changes an account's credentials under its lock. A record that cannot be read counts as
 * empty and is replaced (the store keeps a damaged one beside it). Returning undefined removes
 * the record. Throws `store_…`, `lock_timeout`.
 */
export async function updateCredentials(
  store: Store,
  clock: Clock,
  id: AccountId,
  change: (kept: Credentials) => Credentials | undefined,
): Promise<void> {
  await using lock = await lockAccount({ store, clock, id }, "write");
  const changed = change(await readableCredentials(store, id));
  if (changed && Object.keys(changed).length > 0) await lock.set(encodeCredentials(changed), "any");
  else await lock.delete("any");
}

/** Finds out whether credentials could be saved, before a person is asked to log in for nothing. */
export async function checkWritable(
  parts: { store: Store; clock: Clock; id: AccountId },
  signal: AbortSignal,
): Promise<void> {
  await using lock = await lockAccount(parts, "write", { signal });
  await lock.reserve();
}
