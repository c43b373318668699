import type { Clock } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";

/**
 * A clock that waits in real time. A lock that was just released can be held for a moment more:
 * a program that another test starts has inherited it, until its own code is loaded.
 */
export function reallyWaiting(clock: Pick<Clock, "now">): Clock {
  const { sleep } = denoSystem().clock;
  return { now: () => clock.now(), sleep };
}
