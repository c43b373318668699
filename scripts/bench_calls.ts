/** How fast a daemon answers, and what it takes meanwhile. */
import type { Load } from "./bench_load.ts";
import type { Outcome } from "./bench_loads.ts";
import { OUTCOME_HEADS, outcomeCells, putLoad, quantileMs, UNKNOWN } from "./bench_loads.ts";
import type { OidcAgent } from "./bench_oidc_agent.ts";
import { OIDC_ACCOUNT } from "./bench_oidc_agent.ts";
import { cpuOf, memoryOf } from "./bench_process.ts";
import type { RunningDaemon } from "./bench_running_daemon.ts";
import { pause, runDaemon, TOKEN_ANSWER, tokenRequest } from "./bench_running_daemon.ts";
import { table } from "./bench_timing.ts";
import { say } from "./script.ts";

/** One client that stays, one that comes anew for each token as a command does, and many. */
const ALONE = { connections: 1, reconnect: false, calls: 10_000 };
const ANEW = { ...ALONE, reconnect: true };
const CROWD = { connections: 50, reconnect: false, calls: 100_000 };

type Kind = Pick<Load, "connections" | "reconnect" | "calls">;

const warmUp = (kind: Kind): Kind => ({ ...kind, calls: kind.calls / 10 });

const describe = ({ connections, reconnect, calls }: Kind) =>
  `${calls} on ${reconnect ? "as many" : connections} connection${
    connections === 1 && !reconnect ? "" : "s"
  }`;

/** What was just begun comes to its end within this (milliseconds). */
const REST_MS = 1_000;
/** It does not come to rest within this any more. */
const RESTLESS_MS = 120_000;

/** Prints how fast tokens are answered, and what the daemon's memory does meanwhile. */
export async function benchCalls(
  vantage: string,
  homes: Readonly<Record<string, string>>,
  peer: OidcAgent | undefined,
): Promise<void> {
  const calls = [["get_token", ...OUTCOME_HEADS]];
  const memory = [["VmRSS in MiB", "cold", "warm", "after", "again", "growth"]];
  for (const [name, home] of Object.entries(homes)) {
    await using daemon = await runDaemon(vantage, home);
    const row = async (kind: Kind, suffix = "") =>
      calls.push([
        `${name}, ${describe(kind)}${suffix}`,
        ...outcomeCells(await callDaemon(daemon, kind)),
      ]);
    const sizes = [await memoryAtRest(daemon)];
    for (const kind of [ALONE, ANEW]) {
      await callDaemon(daemon, warmUp(kind));
      await row(kind);
    }
    await callDaemon(daemon, warmUp(CROWD));
    sizes.push(await memoryAtRest(daemon));
    await row(CROWD);
    sizes.push(await memoryAtRest(daemon));
    await row(CROWD, ", again");
    sizes.push(await memoryAtRest(daemon));
    const [, warm, after] = sizes;
    const growth = warm === undefined || after === undefined ? undefined : after - warm;
    memory.push([name, ...[...sizes, growth].map(mebibytes)]);
  }
  if (peer) {
    await callOidcAgent(peer, warmUp(ANEW));
    const outcome = await callOidcAgent(peer, ANEW);
    calls.push([`oidc-agent, ${describe(ANEW)}`, ...outcomeCells(outcome)]);
  }
  table(calls);
  say("");
  table(memory);
}

function callDaemon({ socket, pid }: RunningDaemon, kind: Kind, accounts = 1): Promise<Outcome> {
  const requests = Array.from({ length: accounts }, (_, n) => tokenRequest(n));
  return putLoad({ ...kind, socket, requests, begins: TOKEN_ANSWER, ends: "\n" }, pid);
}

/** It takes one request a connection. It is two processes, whose time is not summed up. */
function callOidcAgent({ socket }: OidcAgent, kind: Kind): Promise<Outcome> {
  const requests = [JSON.stringify({ request: "access_token", account: OIDC_ACCOUNT })];
  const begins = `{"status":"success","access_token":"`;
  return putLoad({ ...kind, socket, requests, begins, ends: "}" }, undefined);
}

/**
 * Prints what it takes to use accounts that were not used for hours, each once: that is noted
 * in the list of accounts.
 */
export async function benchFirstUse(vantage: string, home: string, count: number): Promise<void> {
  await using daemon = await runDaemon(vantage, home);
  const before = await cpuAtRest(daemon);
  const { latencies } = await callDaemon(daemon, { ...ALONE, calls: count }, count);
  const after = await cpuAtRest(daemon);
  table([
    ["used after hours", "p50 ms", "p99 ms", "CPU ms"],
    [
      `${count} sessions, each once`,
      quantileMs(latencies, 0.5),
      quantileMs(latencies, 0.99),
      before === undefined || after === undefined ? UNKNOWN : String(after - before),
    ],
  ]);
}

/** Waits until it does nothing any more, and returns what it has worked for (milliseconds). */
async function cpuAtRest({ pid }: RunningDaemon): Promise<number | undefined> {
  let cpu = await cpuOf(pid);
  for (let waited = 0; waited < RESTLESS_MS; waited += REST_MS) {
    const before = cpu;
    await pause(REST_MS);
    cpu = await cpuOf(pid);
    if (cpu === before) break;
  }
  return cpu;
}

async function memoryAtRest({ pid }: RunningDaemon): Promise<number | undefined> {
  await pause(REST_MS);
  return await memoryOf(pid);
}

export const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? UNKNOWN : (bytes / 2 ** 20).toFixed(1);
