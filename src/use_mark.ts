import type { AccountId } from "./config/account.ts";
import { accountPath } from "./store/lock_files.ts";
import type { Clock, Files } from "./system.ts";

/** `last_used` is as exact as this (milliseconds), so that hardly any use of a token writes it. */
const NOTED_FOR_MS = 3_600_000;

/** A file whose time is that of an account's last noted use. */
export const useMark = (cache: string, id: AccountId): string =>
  accountPath(`${cache}/used`, id, "");

/**
 * Whether the use of an account was noted lately: one look at a file's time, however long the
 * list of accounts is. Throws `FileError`.
 */
export async function isUseNoted(
  files: Files,
  clock: Clock,
  cache: string,
  id: AccountId,
): Promise<boolean> {
  const usedAt = (await files.stat(useMark(cache, id)))?.modifiedAt;
  return typeof usedAt === "number" && Math.abs(clock.now() - usedAt) < NOTED_FOR_MS;
}
