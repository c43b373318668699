/**
 * The list of accounts (`accounts.toml`) as commands keep it up. It only informs: a session
 * never depends on it, so what cannot be written here is said and does no more harm.
 */
import { dirname } from "node:path";
import type { AccountId } from "./config/account.ts";
import { editAccounts } from "./config/accounts_file.ts";
import type { Clock, Files } from "./system.ts";
import { useMark } from "./use_mark.ts";

interface NoteParts {
  readonly files: Files;
  readonly clock: Clock;
  /** `accounts.toml`. */
  readonly path: string;
}

const instant = (clock: Clock) => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");

/** Adds an account, or renews what is said of it. Throws `config_…`, `lock_timeout`. */
export async function noteAccount(
  { files, clock, path }: NoteParts,
  id: AccountId,
  scopes: readonly string[],
): Promise<void> {
  const now = instant(clock);
  await editAccounts(files, clock, path, id, (entry) => ({
    ...id,
    scopes,
    createdAt: entry?.createdAt ?? now,
    lastUsed: now,
  }));
}

/** Removes an account from the list. Throws `config_…`, `lock_timeout`. */
export async function dropAccount({ files, clock, path }: NoteParts, id: AccountId): Promise<void> {
  await editAccounts(files, clock, path, id, () => undefined);
}

/**
 * Notes that an account was used, and marks that it is noted. Throws `config_…`, `lock_timeout`
 * and `FileError`.
 */
export async function noteUse(
  { files, clock, path }: NoteParts,
  id: AccountId,
  cache: string,
): Promise<void> {
  const mark = useMark(cache, id);
  await files.makeDir(dirname(mark), 0o700);
  {
    using file = await files.open(mark, { write: true, create: true, mode: 0o600 });
    await file.writeText(instant(clock)); // first, so that of many processes one notes it
  }
  await editAccounts(
    files,
    clock,
    path,
    id,
    (entry) => entry && { ...entry, lastUsed: instant(clock) },
  );
}
