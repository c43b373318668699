import type { HeldLock } from "../files.ts";
import { VantageError } from "../errors.ts";

/** Which account: its service and its name there. Profile `prod` is the account `vantage/prod`. */
export interface AccountId {
  readonly service: string;
  readonly account: string;
}

/** The credentials of an account as JSON. What is in it is the business of `tokens/`. */
export type Fields = Readonly<Record<string, unknown>>;

/** A record as it is stored. */
export interface Saved {
  readonly fields: Fields;
  /**
   * Names this version of the record. A write that changes it makes one that was never used
   * before, also across a deletion, so that "still what I read" is one comparison.
   */
  readonly generation: number;
}

/** What a write expects to find: a generation, nothing, or anything (which also mends a damaged record). */
export type Expected = number | undefined | "any";

export const STORE_NAMES = ["file", "keyring", "sops", "memory"] as const;
export type StoreName = typeof STORE_NAMES[number];

/** A store whose records are there for the next command too. */
export type PersistentStoreName = Exclude<StoreName, "memory">;

/**
 * Where credentials live: one record an account. Reading needs no lock; whoever writes holds
 * the account's lock, and the write still compares the generation, because a store may be
 * shared in ways that its lock does not see.
 *
 * Every method throws `VantageError` with a `store_…` code.
 */
export interface Store {
  readonly name: StoreName;
  get(id: AccountId): Promise<Saved | undefined>;
  list(): Promise<AccountId[]>;
  /**
   * Names the state of an account's record without reading it, so that who remembers a record
   * need not read it again: as long as the stamp is the same, so is the record.
   */
  stamp(id: AccountId): Promise<string>;
  /**
   * Takes one of the account's locks if it is free. `write` orders those who change the
   * record; `login` keeps a second interactive login from opening another browser.
   */
  tryLock(id: AccountId, purpose: LockPurpose): Promise<AccountLock | undefined>;
}

/** A store that outlives the process. All of them share the account's locks (`lock_files.ts`). */
export interface PersistentStore extends Store {
  /** The account's lock that somebody holds already, as one that writes to this store. */
  withLock(id: AccountId, held: HeldLock): AccountLock;
}

export type LockPurpose = "write" | "login";

/** An account's lock, held until disposed or until the process dies. */
export interface AccountLock extends AsyncDisposable {
  /** Replaces the record. Throws `store_conflict` when it is not what was expected. */
  set(fields: Fields, expected: Expected): Promise<Saved>;
  /** Removes the record. Throws `store_conflict` when it is not what was expected. */
  delete(expected: Expected): Promise<void>;
  /** Makes sure that a `set` that follows will not fail for want of space or permission. */
  reserve(): Promise<void>;
  /** What an earlier holder left for those who wait ("" when nothing); never a secret. */
  readNote(): Promise<string>;
  writeNote(text: string): Promise<void>;
}

/** The error for a record that is not what a write expected to find. */
export function conflict(id: AccountId): VantageError {
  return new VantageError(
    "store_conflict",
    `The account '${formatAccount(id)}' changed meanwhile`,
    {
      hint: "Run the command again",
    },
  );
}

export const formatAccount = (id: AccountId): string => `${id.service}/${id.account}`;
