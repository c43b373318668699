import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { KeptParts } from "./kept_account.ts";
import { KeptAccount } from "./kept_account.ts";

/** The accounts that the daemon has to do with, as long as there is something to know of them. */
export class KeptAccounts {
  readonly #parts: KeptParts;
  readonly #kept = new Map<string, KeptAccount>();

  constructor(parts: KeptParts) {
    this.#parts = parts;
  }

  /** Does something with an account. One that has nothing, and no trouble either, is forgotten again. */
  async use<T>(id: AccountId, work: (kept: KeptAccount) => Promise<T>): Promise<T> {
    const key = formatAccount(id);
    const kept = this.#kept.get(key) ?? new KeptAccount(id, this.#parts);
    this.#kept.set(key, kept);
    try {
      return await work(kept);
    } catch (error) {
      if (!kept.failing && !kept.renewing) this.#kept.delete(key);
      throw error;
    }
  }

  /** Those whose provider fails. */
  failing(): KeptAccount[] {
    return [...this.#kept.values()].filter(({ failing }) => failing !== undefined);
  }

  /** Waits until every renewal has ended: an answer that nobody saves is a session lost. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#kept.values()].map(({ renewing }) => renewing));
  }
}
