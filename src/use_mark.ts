import type { AccountId } from "./config/account.ts";
import { accountPath } from "./store/lock_files.ts";
import type { Clock, Files } from "./system.ts";

/** `last_used` is as exact as this (milliseconds), so that hardly any use of a token writes it. */
const NOTED_FOR_MS = 3_600_000;

/** A file whose time is that of an account's last noted use; a login makes it. */
export const useMark = (dir: string, id: AccountId): string => accountPath(dir, id, "+used");

/**
 * Whether the use of an account is to be noted now: one look at a file's time, however long the
 * list of accounts is. An account that is not in the list has no such file. Throws `FileError`.
 */
export async function isUseDue(
  files: Files,
  clock: Clock,
  dir: string,
  id: AccountId,
): Promise<boolean> {
  const usedAt = (await files.stat(useMark(dir, id)))?.modifiedAt;
  return typeof usedAt === "number" && Math.abs(clock.now() - usedAt) >= NOTED_FOR_MS;
}
