import { join } from "node:path";
import type { HeldLock } from "../files.ts";
import { tryLockFile } from "../files.ts";
import type { Files } from "../system.ts";
import { storeErrors } from "./private_file.ts";
import type { AccountId, LockPurpose } from "./store.ts";

/** Of a file that tells of a change in a store which does not tell itself. */
export const CHANGED_SUFFIX = "+changed";

/**
 * Takes one of an account's locks if it is free: files below `dir`, the same for every store
 * that outlives the process. So whoever moves an account from one store to another is alone
 * with it in both. Throws `store_…`.
 */
export function tryLockAccount(
  files: Files,
  dir: string,
  id: AccountId,
  purpose: LockPurpose,
): Promise<HeldLock | undefined> {
  return storeErrors(async () => {
    await files.makeDir(join(dir, encodeName(id.service)), 0o700);
    // "+" is in no encoded name: one account's locks are never those of another, "x.login".
    const suffix = purpose === "write" ? ".lock" : "+login.lock";
    return await tryLockFile(files, accountPath(dir, id, suffix));
  });
}

/** The file that an account has below `dir` for one purpose. */
export function accountPath(dir: string, id: AccountId, suffix: string): string {
  return join(dir, encodeName(id.service), encodeName(id.account) + suffix);
}

/**
 * What is not plainly safe in a file name on every system. Not capital letters: `Work` and `work`
 * would be one file on macOS and Windows. Windows also drops a dot at the end, and opens a device
 * for names such as `con`, of which the first letter is enough to change.
 */
const UNSAFE = /^\.|\.$|^(?=(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z]|[^a-z0-9._@-]/gu;

/** A name as a file name: what is not safe on every system is percent-encoded. */
export function encodeName(name: string): string {
  return name.replace(
    UNSAFE,
    (char) =>
      [...new TextEncoder().encode(char)].map((byte) =>
        "%" + byte.toString(16).toUpperCase().padStart(2, "0")
      ).join(""),
  );
}

/** The name that {@link encodeName} was given. */
export function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not a name of ours
  }
}
