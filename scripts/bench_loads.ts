/** Puts load on a daemon from other processes, and sums up what they tell. */
import { fileURLToPath } from "node:url";
import type { Load, LoadOutcome } from "./bench_load.ts";
import { cpuOf } from "./bench_process.ts";
import { quantile } from "./bench_timing.ts";
import { Failure } from "./script.ts";

/** So that none has so many connections that their answers wait for each other. */
const MOST_PROCESSES = 2;

export interface Outcome extends Omit<LoadOutcome, "latencies"> {
  readonly calls: number;
  /** Microseconds, ascending. */
  readonly latencies: Float64Array;
  /** What the daemon has worked for meanwhile (milliseconds), where the system tells. */
  readonly daemonCpuMs: number | undefined;
  readonly processes: number;
}

/** Calls a daemon from other processes. Throws {@link Failure} where one call fails. */
export async function putLoad(load: Load, daemon: number | undefined): Promise<Outcome> {
  const { calls, connections } = load;
  const processes = Math.min(connections, MOST_PROCESSES);
  const share = { ...load, connections: connections / processes, calls: calls / processes };
  const started = await Promise.all(Array.from({ length: processes }, () => start(share)));
  const before = daemon && await cpuOf(daemon);
  const outcomes = await Promise.all(started.map(({ go }) => go()));
  const after = daemon && await cpuOf(daemon);
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  const errors = sum(outcomes.map(({ errors }) => errors));
  if (errors > 0) throw new Failure(`${errors} of ${calls} calls failed`);
  return {
    calls,
    errors,
    startedAt: Math.min(...outcomes.map(({ startedAt }) => startedAt)),
    endedAt: Math.max(...outcomes.map(({ endedAt }) => endedAt)),
    cpuMs: sum(outcomes.map(({ cpuMs }) => cpuMs)),
    latencies: Float64Array.from(outcomes.flatMap(({ latencies }) => latencies)).sort(),
    daemonCpuMs: before === undefined || after === undefined ? undefined : after - before,
    processes,
  };
}

/** A process that is ready to call the daemon. */
async function start(load: Load): Promise<{ go(): Promise<LoadOutcome> }> {
  const script = fileURLToPath(new URL("bench_load.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script, JSON.stringify(load)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const chunk of output.values({ preventCancel: true })) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  if (text !== "ready\n") throw new Failure("The load for the daemon did not start");
  return {
    async go() {
      await child.stdin.close();
      text = "";
      for await (const chunk of output) text += chunk;
      if (!(await child.status).success) throw new Failure("The load for the daemon failed");
      return JSON.parse(text);
    },
  };
}

/** The heads of {@link outcomeCells}. "load CPU": how busy the processes were that called. */
export const OUTCOME_HEADS = ["errors", "p50 ms", "p99 ms", "calls/s", "CPU us", "load CPU"];

export function outcomeCells(outcome: Outcome): string[] {
  const { calls, errors, startedAt, endedAt, cpuMs, latencies, daemonCpuMs, processes } = outcome;
  const ms = endedAt - startedAt;
  return [
    String(errors),
    quantileMs(latencies, 0.5),
    quantileMs(latencies, 0.99),
    (calls / ms * 1000).toFixed(0),
    daemonCpuMs === undefined ? UNKNOWN : (daemonCpuMs / calls * 1000).toFixed(0),
    `${(cpuMs / ms / processes * 100).toFixed(0)} %`,
  ];
}

export const quantileMs = (sortedUs: Float64Array, share: number): string =>
  (quantile(sortedUs, share) / 1000).toFixed(3);

/** What only Linux tells. */
export const UNKNOWN = "unknown";
