import type { Clock } from "../system.ts";

/**
 * The generation after `previous`. It starts from the clock, so that a record which is deleted
 * and made again never repeats a generation that a slow writer may still remember.
 */
export function nextGeneration(clock: Clock, previous: number | undefined): number {
  return Math.max((previous ?? 0) + 1, clock.now());
}
