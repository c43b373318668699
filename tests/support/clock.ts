import { AsyncLocalStorage } from "node:async_hooks";

const offsets = new AsyncLocalStorage<number>();
const realNow = Date.now;
let patched = false;

/**
 * A clock that differs from the machine's, for the code run under it and nobody else. It lets
 * an authorization server in the test's own process live in another time, its tokens expire
 * without waiting, and its clock be wrong.
 */
export class Clock {
  /** Seconds this clock is ahead of the machine's. */
  offset: number;

  constructor(offset = 0) {
    this.offset = offset;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return realNow() + this.offset * 1000;
  }

  /** Runs `work`, and all it starts, with `Date.now` telling this clock's time. */
  run<T>(work: () => T): T {
    if (this.offset !== 0 && !patched) {
      patched = true;
      // oidc-provider has no clock option. Outside of `run` nothing changes.
      Date.now = () => realNow() + (offsets.getStore() ?? 0) * 1000;
    }
    return offsets.run(this.offset, work);
  }
}
