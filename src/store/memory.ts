import type { Clock } from "../system.ts";
import { nextGeneration } from "./generation.ts";
import type { AccountId, AccountLock, Expected, LockPurpose, Saved, Store } from "./store.ts";
import { conflict, formatAccount } from "./store.ts";

/** A store that ends with the process: for tests and one-shot containers. */
export function memoryStore(clock: Clock): Store {
  const records = new Map<string, { id: AccountId; saved: Saved }>();
  const locks = new Map<string, { held: boolean; note: string }>();

  return {
    name: "memory",
    get: (id) => Promise.resolve(records.get(formatAccount(id))?.saved),
    list: () => Promise.resolve([...records.values()].map((entry) => entry.id)),
    stamp: (id) => Promise.resolve(String(records.get(formatAccount(id))?.saved.generation ?? "")),
    tryLock(id, purpose) {
      const name = lockName(id, purpose);
      const lock = locks.get(name) ?? { held: false, note: "" };
      locks.set(name, lock);
      if (lock.held) return Promise.resolve(undefined);
      lock.held = true;
      return Promise.resolve(holdLock(id, lock));
    },
  };

  function holdLock(id: AccountId, lock: { held: boolean; note: string }): AccountLock {
    const key = formatAccount(id);
    const check = (expected: Expected) => {
      const found = records.get(key)?.saved.generation;
      if (expected !== "any" && expected !== found) throw conflict(id);
      return found;
    };
    return {
      set(fields, expected) {
        return attempt(() => {
          // A copy by way of JSON, so that no store keeps what another could not.
          const copy = JSON.parse(JSON.stringify(fields));
          const saved = { fields: copy, generation: nextGeneration(clock, check(expected)) };
          records.set(key, { id, saved });
          return saved;
        });
      },
      delete(expected) {
        return attempt(() => {
          check(expected);
          records.delete(key);
        });
      },
      reserve: () => Promise.resolve(),
      readNote: () => Promise.resolve(lock.note),
      writeNote(text) {
        lock.note = text;
        return Promise.resolve();
      },
      [Symbol.asyncDispose]() {
        lock.held = false;
        return Promise.resolve();
      },
    };
  }
}

const lockName = (id: AccountId, purpose: LockPurpose) => `${formatAccount(id)} ${purpose}`;

// A thrown error has to arrive as a rejection, as it does from every other store.
function attempt<T>(operation: () => T): Promise<T> {
  return new Promise((resolve) => resolve(operation()));
}
