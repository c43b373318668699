/** The parts of a command's time that are told apart. */
export const TIMED_PARTS = ["settings", "token", "requests", "output"] as const;
export type TimedPart = typeof TIMED_PARTS[number];

/** Where a command's time went, for `--timings`. Milliseconds. */
export class Timings {
  readonly #spent = new Map<TimedPart, number>();
  /** From the start of the process until the command begins: loading, and reading the command line. */
  readonly startMs = performance.now();

  add(part: TimedPart, ms: number): void {
    this.#spent.set(part, (this.#spent.get(part) ?? 0) + ms);
  }

  async measure<T>(part: TimedPart, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.add(part, performance.now() - started);
    }
  }

  /** Everything so far; `rest` is what none of the parts explains. */
  summary(): { readonly totalMs: number; readonly parts: readonly [name: string, ms: number][] } {
    const totalMs = performance.now();
    const parts: [string, number][] = [
      ["start", this.startMs],
      ...TIMED_PARTS.flatMap((part): [string, number][] => {
        const ms = this.#spent.get(part);
        return ms === undefined ? [] : [[part, ms]];
      }),
    ];
    const explained = parts.reduce((sum, [, ms]) => sum + ms, 0);
    return { totalMs, parts: [...parts, ["rest", Math.max(0, totalMs - explained)]] };
  }
}
