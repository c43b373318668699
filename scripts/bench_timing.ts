/** Cases that take turns, what is told of their times, and tables of it. */
import { Failure, say } from "./script.ts";

export interface Case {
  readonly name: string;
  /** Does it once and returns the milliseconds that took. */
  readonly time: () => Promise<number>;
}

export interface Result {
  readonly name: string;
  /** Milliseconds, ascending. */
  readonly times: readonly number[];
}

/** A program that is run to its end. */
export interface Program {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const programCase = (program: Program): Case => ({
  name: program.name,
  time: () => timeProgram(program),
});

/** Runs a program to its end and returns the milliseconds that took. */
export async function timeProgram({ name, program, args, env = {} }: Program): Promise<number> {
  // Its output is piped.
  const command = new Deno.Command(program, { args: [...args], env: { ...env }, stdin: "null" });
  const started = performance.now();
  const { success, stderr } = await command.output();
  const ms = performance.now() - started;
  if (!success) throw new Failure(`'${name}' failed: ${new TextDecoder().decode(stderr)}`);
  return ms;
}

export async function measure(
  cases: readonly Case[],
  rounds: number,
  warmUps: number,
): Promise<Result[]> {
  for (let i = 0; i < warmUps; i++) for (const each of cases) await each.time();
  const results = cases.map(({ name }) => ({ name, times: [] as number[] }));
  for (let i = 0; i < rounds; i++) {
    for (const [at, each] of cases.entries()) results[at]?.times.push(await each.time());
  }
  for (const { times } of results) times.sort((a, b) => a - b);
  return results;
}

/** The value below which `share` of the sorted values lie. */
export const quantile = (sorted: ArrayLike<number>, share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

/** Prints a row a case, each beside the floor: the first case of `compared`. */
export function report(results: readonly Result[], compared: readonly Result[]): void {
  const base = quantile(compared[0]?.times ?? [], 0.5);
  table([
    ["", "median ms", "p95 ms", "x hello"],
    ...results.map(({ name, times }) => {
      const median = quantile(times, 0.5);
      return [
        name,
        median.toFixed(1),
        quantile(times, 0.95).toFixed(1),
        (median / base).toFixed(2),
      ];
    }),
  ]);
}

/** Prints rows of cells, the first to the left. */
export function table(rows: readonly (readonly string[])[]): void {
  const widthOf = (at: number) => Math.max(...rows.map((row) => row[at]?.length ?? 0));
  for (const row of rows) {
    say(
      row.map((cell, at) =>
        at === 0 ? cell.padEnd(widthOf(at)) : cell.padStart(Math.max(10, widthOf(at)))
      ).join("  "),
    );
  }
}
