import { isVantageError, toVantageError } from "../errors.ts";
import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock } from "../system.ts";
import type { KeptAccounts } from "./kept_accounts.ts";

/** So many accounts are looked at or renewed at a time. */
const MOST_AT_ONCE = 8;

/**
 * A timer does not count the time that a machine sleeps. So the clock is looked at again after a
 * tenth of a pause, at the soonest after a minute: who wakes up late is late by no more.
 */
const SHORTEST_LOOK_MS = 60_000;
const LOOK_AGAIN = 0.1;

/** A clock that goes back by more than this (ms) was set by somebody. */
const SET_BACK_MS = 60_000;

/** An account whose settings or store cannot be used is looked at again after so long (ms). */
const AFTER_TROUBLE_MS = 5 * 60_000;

/** Why a sleep ends early. One for all: making an error each time would cost more than the look. */
const NEWS = new Error("There is news");

interface KeeperParts {
  readonly clock: Clock;
  readonly accounts: KeptAccounts;
  readonly stopping: AbortSignal;
  /** Told what went wrong with an account. */
  readonly warn: (text: string) => void;
}

interface Due {
  readonly id: AccountId;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Keeps tokens fresh ahead of need: knows when each account is due, and sleeps until then. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #due = new Map<string, Due>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  #news = new AbortController();
  #trouble: string | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** When the next account is due (epoch milliseconds); undefined when none is. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#due.values()) if (at < (next ?? Infinity)) next = at;
    return next;
  }

  /** How many accounts are kept fresh. */
  get size(): number {
    return this.#due.size + this.#running.size;
  }

  /** Looks at an account soon: it is new, or something of it has changed. */
  consider(id: AccountId): void {
    const key = formatAccount(id);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#due.set(key, { id, at: this.#parts.clock.now() });
    this.#news.abort(NEWS);
  }

  /** How many accounts it looks at or renews at this moment. */
  get inProgress(): number {
    return this.#running.size;
  }

  /** Whether it knows when the account is due, or is finding out. */
  keeps(id: AccountId): boolean {
    const key = formatAccount(id);
    return this.#due.has(key) || this.#running.has(key);
  }

  /** Looks at every account again that it keeps: the settings have changed. */
  considerAll(): void {
    const at = this.#parts.clock.now();
    for (const [key, { id }] of this.#due) this.#due.set(key, { id, at });
    for (const key of this.#running.keys()) this.#again.add(key);
    this.#news.abort(NEWS);
  }

  /** Runs until it is told to stop, and until what it has begun has ended. */
  async run(): Promise<void> {
    const { clock, stopping } = this.#parts;
    let latest = clock.now();
    stopping.addEventListener("abort", () => this.#news.abort(NEWS), { once: true });
    while (!stopping.aborted) {
      // The clock was set back: what it said of when something is due is worth nothing.
      if (clock.now() < latest - SET_BACK_MS) this.considerAll();
      latest = clock.now();
      this.#startDue();
      this.#news = new AbortController();
      await clock.sleep(this.#pause(), this.#news.signal).catch(() => {});
      // Lets clients be heard in between when very many accounts are looked at one after another.
      await clock.sleep(0);
    }
    await Promise.all(this.#running.values());
  }

  #startDue(): void {
    const now = this.#parts.clock.now();
    for (const [key, { id, at }] of this.#due) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      if (at > now) continue;
      this.#due.delete(key);
      this.#running.set(key, this.#look(key, id));
    }
  }

  async #look(key: string, id: AccountId): Promise<void> {
    const { accounts, clock, warn } = this.#parts;
    let at: number | undefined;
    try {
      at = await accounts.use(id, (kept) => kept.keepFresh());
      this.#trouble = undefined;
    } catch (error) {
      const { message } = toVantageError(error);
      // What is wrong with the settings is wrong for all accounts, and is told once.
      if (message !== this.#trouble && !isVantageError(error, "interrupted")) {
        warn(`Cannot keep '${key}' fresh: ${message}`);
      }
      this.#trouble = message;
      at = clock.now() + AFTER_TROUBLE_MS;
    }
    this.#running.delete(key);
    if (this.#again.delete(key)) this.#due.set(key, { id, at: clock.now() });
    else if (at !== undefined) this.#due.set(key, { id, at });
    this.#news.abort(NEWS);
  }

  /** How long there is nothing to do (milliseconds). */
  #pause(): number {
    if (this.#running.size >= MOST_AT_ONCE) return Infinity; // the end of one is news
    const left = (this.nextAt ?? Infinity) - this.#parts.clock.now();
    return Math.max(0, Math.min(left, Math.max(SHORTEST_LOOK_MS, left * LOOK_AGAIN)));
  }
}
