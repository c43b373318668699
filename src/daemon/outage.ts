import type { Clock } from "../system.ts";
import { pauseAfter } from "./due.ts";

/** Why an account's token cannot be renewed just now. Instants are epoch milliseconds. */
export interface Failing {
  /** The first failure of those in a row. */
  readonly since: number;
  readonly at: number;
  /** Not before this is the provider asked again while the token lives. */
  readonly retryAt: number;
  readonly failures: number;
  readonly message: string;
}

interface OutageParts {
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The failures in a row of one account's provider, and when it is to be asked again. */
export class Outage {
  readonly #parts: OutageParts;
  /** Undefined as long as it does not fail. */
  failing: Failing | undefined;

  constructor(parts: OutageParts) {
    this.#parts = parts;
  }

  /** Whether the provider is left alone for a while. */
  get isBackingOff(): boolean {
    const now = this.#parts.clock.now();
    return this.failing !== undefined && now >= this.failing.at && now < this.failing.retryAt;
  }

  note({ message }: Error): void {
    if (this.failing && this.isBackingOff) {
      // Of clients that ask for a dead token there may be many: the next try of ours stays.
      this.failing = { ...this.failing, message };
      return;
    }
    const at = this.#parts.clock.now();
    const { since = at, failures = 0 } = this.failing ?? {};
    const retryAt = at + pauseAfter(failures + 1, this.#parts.random);
    this.failing = { since, at, retryAt, failures: failures + 1, message };
  }

  end(): void {
    this.failing = undefined;
  }
}
