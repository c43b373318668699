import type { AccountId, PersistentStore, Saved } from "./store.ts";
import { formatAccount } from "./store.ts";

/** How many records are remembered (a few KB each); the one that was asked for least lately goes. */
const MOST_REMEMBERED = 10_000;

/**
 * A store that reads a record again only when its stamp has changed, for a process that asks for
 * the same ones over and over. Who holds an account's lock reads what is really there.
 */
export function remembered(store: PersistentStore): PersistentStore {
  const records = new Map<string, { readonly stamp: string; readonly saved: Saved }>();

  return {
    ...store,
    async get(id) {
      const key = formatAccount(id);
      // Before the reading, so that what changes meanwhile is read again.
      const stamp = await store.stamp(id);
      const known = records.get(key);
      records.delete(key);
      if (known?.stamp === stamp) {
        records.set(key, known); // as the latest
        return known.saved;
      }
      const saved = await store.get(id);
      if (saved) remember(key, stamp, saved);
      return saved;
    },
    async tryLock(id, purpose) {
      const lock = await store.tryLock(id, purpose);
      if (lock) forget(id);
      return lock;
    },
    withLock(id, held) {
      forget(id);
      return store.withLock(id, held);
    },
  };

  function remember(key: string, stamp: string, saved: Saved): void {
    records.set(key, { stamp, saved });
    if (records.size <= MOST_REMEMBERED) return;
    for (const oldest of records.keys()) {
      records.delete(oldest);
      return;
    }
  }

  function forget(id: AccountId): void {
    records.delete(formatAccount(id));
  }
}
