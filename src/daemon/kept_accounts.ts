import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import { KeptAccount } from "./kept_account.ts";

type KeptParts = ConstructorParameters<typeof KeptAccount>[1];

/** The accounts that the daemon has had to do with, as long as there is something to know of them. */
export class KeptAccounts {
  readonly #parts: KeptParts;
  readonly #kept = new Map<string, KeptAccount>();
  /** Called when an account was used for the first time, and had a token. */
  onFirstUse: (id: AccountId) => void = () => {};

  constructor(parts: KeptParts) {
    this.#parts = parts;
  }

  /** Does something with an account. One of which nothing is known afterwards is forgotten again. */
  async use<T>(id: AccountId, work: (kept: KeptAccount) => Promise<T>): Promise<T> {
    const key = formatAccount(id);
    const known = this.#kept.get(key);
    const kept = known ?? new KeptAccount(id, this.#parts);
    this.#kept.set(key, kept);
    let result: T;
    try {
      result = await work(kept);
    } catch (error) {
      if (!kept.failing && !kept.renewing) this.#kept.delete(key);
      throw error;
    }
    if (!known) this.onFirstUse(id);
    return result;
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
