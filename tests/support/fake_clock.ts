import type { Clock } from "../../src/system.ts";

/**
 * A clock that stands still until somebody sleeps: then it is that much later at once. For code
 * that polls. Not for `createHttp`, whose time limits would all pass at once.
 */
export class FakeClock implements Clock {
  /** What sleeps were asked for, in milliseconds. */
  readonly sleeps: number[] = [];
  #now: number;

  constructor(now = Date.UTC(2030, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.sleeps.push(ms);
    this.#now += ms;
    return Promise.resolve();
  }
}
