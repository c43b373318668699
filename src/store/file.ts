import { basename, dirname, join } from "node:path";
import { VantageError } from "../errors.ts";
import type { HeldLock } from "../files.ts";
import { claimSpace, stampOf, temporaryPath, writeDurably } from "../files.ts";
import type { Clock, Files, OpenFile } from "../system.ts";
import { nextGeneration } from "./generation.ts";
import { accountPath, decodeName, tryLockAccount } from "./lock_files.ts";
import { parseRecord, recordJson } from "./record.ts";
import { corrupt, readPrivate, storeErrors } from "./private_file.ts";
import type { AccountId, AccountLock, Expected, Fields, PersistentStore, Saved } from "./store.ts";
import { conflict } from "./store.ts";

/** Space to claim before a refresh (bytes): several times what a record takes. */
const RESERVED_BYTES = 64 * 1024;

/**
 * The default store: `DIR/SERVICE/ACCOUNT.json`, mode 0600 in directories of mode 0700,
 * replaced whole and durably. The locks are siblings that the kernel drops when a process dies.
 */
export function fileStore(files: Files, clock: Clock, dir: string): PersistentStore {
  const pathOf = (id: AccountId) => accountPath(dir, id, ".json");

  return {
    name: "file",
    get: (id) => read(files, pathOf(id), id),
    stamp: (id) => storeErrors(() => stampOf(files, pathOf(id))),
    list: () =>
      storeErrors(async () => {
        const ids: AccountId[] = [];
        for (const service of await files.list(dir)) {
          if ((await files.stat(join(dir, service)))?.kind !== "directory") continue;
          for (const name of await files.list(join(dir, service))) {
            if (!name.endsWith(".json") || name.startsWith(".")) continue;
            ids.push({ service: decodeName(service), account: decodeName(name.slice(0, -5)) });
          }
        }
        return ids;
      }),
    async tryLock(id, purpose) {
      const held = await tryLockAccount(files, dir, id, purpose);
      return held && accountLock(held, files, clock, pathOf(id), id);
    },
    withLock: (id, held) => accountLock(held, files, clock, pathOf(id), id),
  };
}

function accountLock(
  held: HeldLock,
  files: Files,
  clock: Clock,
  path: string,
  id: AccountId,
): AccountLock {
  let claimed: OpenFile | undefined;

  async function check(expected: Expected): Promise<number | undefined> {
    if (expected === "any") return await setAsideIfDamaged(files, clock, path, id);
    const found = (await read(files, path, id))?.generation;
    if (found === expected) return found;
    throw conflict(id);
  }

  return {
    readNote: () => storeErrors(held.readNote),
    writeNote: (text) => storeErrors(() => held.writeNote(text)),
    set: (fields, expected) =>
      storeErrors(async () => {
        const generation = nextGeneration(clock, await check(expected));
        const file = claimed;
        claimed = undefined;
        await writeDurably(files, path, encode(id, generation, fields), 0o600, file);
        return { fields, generation };
      }),
    delete: (expected) =>
      storeErrors(async () => {
        if (expected !== "any") await check(expected);
        await files.remove(path);
        for (const remnant of await remnants(files, path)) await files.remove(remnant);
        await files.syncDir(dirname(path));
      }),
    reserve: () =>
      storeErrors(async () => {
        claimed ??= await claimSpace(files, path, RESERVED_BYTES, 0o600);
      }),
    async [Symbol.asyncDispose]() {
      if (claimed) {
        claimed.close();
        await files.remove(temporaryPath(path)).catch(() => {}); // the next writer removes it too
      }
      await held[Symbol.asyncDispose]();
    },
  };
}

function encode(id: AccountId, generation: number, fields: Fields): string {
  return JSON.stringify(recordJson(id, { fields, generation }), null, 2) + "\n";
}

async function read(files: Files, path: string, id: AccountId): Promise<Saved | undefined> {
  const text = await storeErrors(() => readPrivate(files, path));
  if (text === undefined) return undefined;
  return parseRecord(text, id, path, (why) => corrupt(path, why));
}

/** Keeps a file that cannot be read beside the one that takes its place, so that nothing is lost. */
async function setAsideIfDamaged(
  files: Files,
  clock: Clock,
  path: string,
  id: AccountId,
): Promise<number | undefined> {
  try {
    return (await read(files, path, id))?.generation;
  } catch (error) {
    if (!(error instanceof VantageError)) throw error;
    if (error.code === "store_corrupt" || error.code === "store_newer") {
      await files.rename(path, damagedPath(path, clock.now()));
    } else if (error.code !== "store_insecure") throw error;
    return undefined; // an insecure file is replaced: a rename does not follow a symbolic link
  }
}

const damagedPath = (path: string, at: number) => `${path}.damaged-${at}`;

/** What earlier writers may have left of an account: their temporary file, damaged records. */
async function remnants(files: Files, path: string): Promise<string[]> {
  const prefix = damagedPath(basename(path), 0).slice(0, -1);
  const names = (await files.list(dirname(path))).filter((name) =>
    name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
  );
  return [temporaryPath(path), ...names.map((name) => join(dirname(path), name))];
}
