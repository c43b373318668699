import type { AccountEntry } from "./config/accounts_file.ts";
import type { Paths } from "./config/paths.ts";
import { isVantageError } from "./errors.ts";
import type { Person } from "./person.ts";
import type { AccountId } from "./store/store.ts";
import type { System } from "./system.ts";
import { FileError } from "./system.ts";
import { isUseDue } from "./use_mark.ts";

interface ListParts {
  readonly system: System;
  readonly person: Pick<Person, "warn">;
  readonly paths: () => Paths;
}

/** The list of accounts, as commands keep it up. No session depends on it. */
export class AccountList {
  readonly #parts: ListParts;

  constructor(parts: ListParts) {
    this.#parts = parts;
  }

  /** The accounts that are listed, profiles that were logged in among them. Throws `config_…`. */
  async entries(): Promise<AccountEntry[]> {
    const { loadAccounts } = await import("./config/accounts_file.ts");
    return await loadAccounts(this.#parts.system.files, this.#parts.paths().accounts);
  }

  /** Adds an account, or renews what is said of it. Where that cannot be written, it is said. */
  async note(id: AccountId, scopes: readonly string[]): Promise<void> {
    const { noteAccount } = await import("./account_notes.ts");
    try {
      await noteAccount(this.#noteParts(), id, scopes);
    } catch (error) {
      if (!isVantageError(error) && !(error instanceof FileError)) throw error;
      this.#parts.person.warn(
        `Cannot note the account in the list of accounts: ${error.message}`,
      );
    }
  }

  /** Notes that accounts are used, those of which that was not noted lately. */
  async noteUses(ids: readonly AccountId[]): Promise<void> {
    const { files, clock } = this.#parts.system;
    try {
      const due: AccountId[] = [];
      for (const id of ids) {
        if (await isUseDue(files, clock, this.#parts.paths().tokens, id)) due.push(id);
      }
      if (due.length === 0) return;
      const { noteUses } = await import("./account_notes.ts");
      await noteUses(this.#noteParts(), due);
    } catch (error) {
      // The token is there, and that is what was asked for.
      if (!isVantageError(error) && !(error instanceof FileError)) throw error;
    }
  }

  /** Throws `config_…`, `lock_timeout`. */
  async drop(id: AccountId): Promise<void> {
    const { dropAccount } = await import("./account_notes.ts");
    await dropAccount(this.#noteParts(), id);
  }

  #noteParts() {
    const { files, clock } = this.#parts.system;
    const { accounts: path, tokens } = this.#parts.paths();
    return { files, clock, path, tokens };
  }
}
