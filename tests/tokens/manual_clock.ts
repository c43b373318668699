import type { Clock } from "../../src/system.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  /** What {@link advance} has let pass since the start; {@link set} does not count. */
  #elapsed = 0;
  #now: number;

  constructor(now: number = Date.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (ms <= 0) return resolve();
      const sleeper = { until: this.#elapsed + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Lets time pass. Who sleeps wakes up at the time they asked for, in order. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const next = [...this.#sleepers].sort((a, b) => a.until - b.until)[0];
      if (!next || next.until > end) break;
      this.#pass(next.until - this.#elapsed);
      this.#sleepers.delete(next);
      next.wake();
    }
    this.#pass(end - this.#elapsed);
  }

  /** Sets the clock, as a person or NTP does: no time passes. */
  set(now: number): void {
    this.#now = now;
  }

  /** How long the next sleeper still sleeps; undefined when nobody does. */
  nextIn(): number | undefined {
    const times = [...this.#sleepers].map(({ until }) => until - this.#elapsed);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Lets time pass, from sleeper to sleeper, until `work` has ended. */
  async passUntil(work: Promise<unknown>): Promise<void> {
    let ended = false;
    work.then(() => ended = true, () => ended = true);
    while (!ended) {
      // Whoever is awake goes first.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (!ended) this.advance(this.nextIn() ?? 0);
    }
  }

  #pass(ms: number): void {
    this.#elapsed += ms;
    this.#now += ms;
  }
}
