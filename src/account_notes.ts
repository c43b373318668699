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
  /** The directory of the marks. */
  readonly tokens: string;
}

const instant = (clock: Clock) => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");

/** Adds an account, or renews what is said of it. Throws `config_…`, `lock_timeout`, `FileError`. */
export async function noteAccount(
  parts: NoteParts,
  id: AccountId,
  scopes: readonly string[],
): Promise<void> {
  const { files, clock, path } = parts;
  const now = instant(clock);
  await editAccounts(files, clock, path, [id], (entry) => ({
    ...id,
    scopes,
    createdAt: entry?.createdAt ?? now,
    lastUsed: now,
  }));
  await mark(parts, id);
}

/** Removes an account from the list. Throws as {@link noteAccount}. */
export async function dropAccount(
  { files, clock, path, tokens }: NoteParts,
  id: AccountId,
): Promise<void> {
  await editAccounts(files, clock, path, [id], () => undefined);
  await files.remove(useMark(tokens, id));
}

/** Notes that accounts were used, and that this is noted. Throws as {@link noteAccount}. */
export async function noteUses(parts: NoteParts, ids: readonly AccountId[]): Promise<void> {
  const { files, clock, path } = parts;
  for (const id of ids) await mark(parts, id); // first, so that of many processes one notes it
  const lastUsed = instant(clock);
  await editAccounts(files, clock, path, ids, (entry) => entry && { ...entry, lastUsed });
}

async function mark({ files, clock, tokens }: NoteParts, id: AccountId): Promise<void> {
  const path = useMark(tokens, id);
  await files.makeDir(dirname(path), 0o700);
  using file = await files.open(path, { write: true, create: true, mode: 0o600 });
  await file.writeText(instant(clock));
}
