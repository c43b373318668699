import type { App } from "../app.ts";
import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock } from "../system.ts";

/** Uses are collected for so long (milliseconds): the list of accounts is one file for all. */
const COLLECT_MS = 30_000;

interface UsesParts {
  readonly clock: Clock;
  readonly app: () => Promise<App>;
  readonly stopping: AbortSignal;
}

/** The accounts that were used and of which that is still to be noted in the list. */
export class Uses {
  readonly #parts: UsesParts;
  #used = new Map<string, AccountId>();
  #noting: Promise<void> | undefined;

  constructor(parts: UsesParts) {
    this.#parts = parts;
  }

  add(id: AccountId): void {
    this.#used.set(formatAccount(id), id);
    this.#noting ??= this.#noteLater().finally(() => this.#noting = undefined);
  }

  /** Waits until all is noted; soon when the daemon is stopping. */
  async settled(): Promise<void> {
    await this.#noting;
  }

  async #noteLater(): Promise<void> {
    const { clock, app, stopping } = this.#parts;
    await clock.sleep(COLLECT_MS, stopping).catch(() => {});
    const ids = [...this.#used.values()];
    this.#used = new Map();
    try {
      await (await app()).list.noteUses(ids);
    } catch {
      // The settings cannot be read just now. It only informs, and the next use is noted.
    }
  }
}
