import { isVantageError, type VantageError } from "../errors.ts";
import type { HeldLock } from "../files.ts";
import { nextGeneration } from "./generation.ts";
import { accountOf, credentialsItem, groupOf } from "./keyring/item_names.ts";
import type { Keyring } from "./keyring/keyring.ts";
import { type KeyringSystem, openKeyring } from "./keyring/open_keyring.ts";
import { corrupt, decodeRecord, encodeRecord, toAscii } from "./keyring/record.ts";
import { DamagedItem, type Found, readItem, writeItem } from "./keyring/split_item.ts";
import { withinTimeLimit } from "./keyring/time_limit.ts";
import { accountPath, CHANGED_SUFFIX, tryLockAccount } from "./lock_files.ts";
import { storeErrors } from "./private_file.ts";
import type { AccountId, AccountLock, Expected, PersistentStore, Saved } from "./store.ts";
import { conflict } from "./store.ts";

/** A keyring that takes longer to answer is given up (ms). */
const LIMIT_MS = 3_000;

/**
 * After that it is not asked again for so long (ms): a command that reads many accounts ends as
 * soon as one that reads a single one, and a daemon finds a keyring that has recovered.
 */
const NOT_AGAIN_FOR_MS = 10_000;

/** What another program does to the keyring is seen after so long (ms) by who remembers a record. */
const REMEMBERED_FOR_MS = 60_000;

/**
 * The store in the platform's keyring: one record an account, as the item
 * `vantage/SERVICE/ACCOUNT/credentials`. The locks are files below `dir`, as they are for files.
 */
export function keyringStore(
  system: KeyringSystem,
  dir: string,
  open: typeof openKeyring = openKeyring,
): PersistentStore {
  const { clock, files } = system;
  let failed: { at: number; error: VantageError } | undefined;

  async function use<T>(work: (keyring: Keyring) => Promise<T>): Promise<T> {
    const age = failed ? clock.now() - failed.at : undefined;
    if (failed && age! >= 0 && age! < NOT_AGAIN_FOR_MS) throw failed.error;
    try {
      return await withinTimeLimit(clock, LIMIT_MS, async (limit) => {
        using keyring = await open(system, limit);
        return await work(keyring);
      });
    } catch (error) {
      if (isVantageError(error, "store_unresponsive")) failed = { at: clock.now(), error };
      throw error;
    }
  }

  /** A keyring does not tell what has changed: so a file beside the locks says which record it has. */
  async function mark(id: AccountId, generation: number | undefined): Promise<void> {
    const path = accountPath(dir, id, CHANGED_SUFFIX);
    try {
      if (generation === undefined) return await files.remove(path);
      using file = await files.open(path, { write: true, create: true, mode: 0o600 });
      await file.writeText(String(generation));
    } catch {
      // The record is there all the same; who remembers the one before reads it a minute later.
    }
  }

  function accountLock(held: HeldLock, id: AccountId): AccountLock {
    return {
      readNote: () => storeErrors(held.readNote),
      writeNote: (text) => storeErrors(() => held.writeNote(text)),
      set: (fields, expected) =>
        use(async (keyring) => {
          const before = await check(keyring, id, expected, clock.now());
          const generation = nextGeneration(clock, before?.saved.generation);
          const text = encodeRecord(id, { fields, generation });
          const found = before?.found;
          await writeItem(keyring, credentialsItem(id), text, { now: clock.now(), before: found });
          await mark(id, generation);
          return { fields, generation };
        }),
      delete: (expected) =>
        use(async (keyring) => {
          if (expected !== "any") await check(keyring, id, expected, clock.now());
          await keyring.delete(credentialsItem(id)); // first: without it, the rest is nothing
          for (const item of await keyring.list(groupOf(id))) await keyring.delete(item);
          await mark(id, undefined);
        }),
      reserve: () =>
        use(async (keyring) => {
          const probe = `${groupOf(id)}/reserved`;
          await keyring.set(probe, "vantage is about to write");
          await keyring.delete(probe);
        }),
      [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
    };
  }

  return {
    name: "keyring",
    get: (id) => use(async (keyring) => (await read(keyring, id))?.saved),
    list: () =>
      use(async (keyring) => {
        const ids = (await keyring.list()).map(accountOf);
        return ids.filter((id) => id !== undefined);
      }),
    async stamp(id) {
      const path = accountPath(dir, id, CHANGED_SUFFIX);
      const generation = await files.stat(path) ? await files.readText(path).catch(() => "") : "";
      return `${generation} ${Math.floor(clock.now() / REMEMBERED_FOR_MS)}`;
    },
    async tryLock(id, purpose) {
      const held = await tryLockAccount(files, dir, id, purpose);
      return held && accountLock(held, id);
    },
    withLock: (id, held) => accountLock(held, id),
  };
}

interface Read {
  readonly saved: Saved;
  readonly found: Found;
}

async function read(keyring: Keyring, id: AccountId): Promise<Read | undefined> {
  const name = credentialsItem(id);
  try {
    const found = await readItem(keyring, name);
    return found && { saved: decodeRecord(name, found.text, id), found };
  } catch (error) {
    throw error instanceof DamagedItem ? corrupt(name, "a part of it is missing") : error;
  }
}

/** What is there, when it is what was expected. A damaged record is set aside for "any". */
async function check(
  keyring: Keyring,
  id: AccountId,
  expected: Expected,
  now: number,
): Promise<Read | undefined> {
  try {
    const found = await read(keyring, id);
    if (expected === "any" || found?.saved.generation === expected) return found;
  } catch (error) {
    const isDamaged = isVantageError(error, "store_corrupt", "store_newer");
    if (expected !== "any" || !isDamaged) throw error;
    return await setAside(keyring, id, now);
  }
  throw conflict(id);
}

/** Keeps what can be read of a damaged record beside the one that takes its place. */
async function setAside(keyring: Keyring, id: AccountId, now: number): Promise<undefined> {
  let remains: string | undefined;
  try {
    remains = (await readItem(keyring, credentialsItem(id)))?.text;
  } catch (error) {
    if (!(error instanceof DamagedItem)) throw error;
    remains = error.remains();
  }
  if (!remains) return;
  const name = `${groupOf(id)}/damaged-${now}`;
  await writeItem(keyring, name, toAscii(remains), { now, before: undefined });
}
