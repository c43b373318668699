import type { AccountId, AccountLock, Fields, Saved, Store, StoreName } from "./store.ts";
import { STORE_NAMES } from "./store.ts";

/** What `store migrate` leaves in place of a record: where it is now. */
const MOVED_TO = "moved_to";

/** The record that leads to another store. */
export const movedTo = (store: StoreName): Fields => ({ [MOVED_TO]: store });

/** The store that a record leads to, undefined for one that holds credentials. */
export function destination(saved: Saved | undefined): StoreName | undefined {
  const name = saved?.fields[MOVED_TO];
  return STORE_NAMES.find((known) => known === name);
}

/**
 * A store whose accounts may have moved on to another one: until the settings say so too,
 * everything goes to where the account is. The locks of all stores are the same files, so an
 * account cannot move while its lock is held.
 */
export function followMoves(store: Store, open: (name: StoreName) => Promise<Store>): Store {
  const home = async (id: AccountId): Promise<Store> => {
    const name = destination(await store.get(id));
    return name === undefined || name === store.name ? store : await open(name);
  };
  return {
    name: store.name,
    async get(id) {
      const saved = await store.get(id);
      const name = destination(saved);
      return name === undefined ? saved : await (await open(name)).get(id);
    },
    list: () => store.list(),
    async stamp(id) {
      const [here, there] = [await store.stamp(id), await home(id)];
      return there === store ? here : `${here} ${await there.stamp(id)}`;
    },
    async tryLock(id, purpose): Promise<AccountLock | undefined> {
      const before = await readable(home, store, id);
      const lock = await before.tryLock(id, purpose);
      if (!lock) return undefined;
      const after = await readable(home, store, id);
      if (after.name === before.name) return lock;
      await lock[Symbol.asyncDispose](); // it moved while we took the lock
      return await after.tryLock(id, purpose);
    },
  };
}

/** A record that cannot be read leads nowhere: it is where it is. */
async function readable(
  home: (id: AccountId) => Promise<Store>,
  store: Store,
  id: AccountId,
): Promise<Store> {
  try {
    return await home(id);
  } catch {
    return store;
  }
}
