/** The part of `bench.ts` that is about the daemon: how soon, how fast, how large, how still. */
import { join } from "node:path";
import { homeWithAccounts, homeWithSessions, SERVICE } from "./bench_accounts.ts";
import { benchCalls, benchFirstUse, mebibytes } from "./bench_calls.ts";
import { UNKNOWN } from "./bench_loads.ts";
import type { OidcAgent } from "./bench_oidc_agent.ts";
import { OIDC_ACCOUNT, startOidcAgent } from "./bench_oidc_agent.ts";
import { cpuOf, memoryOf, waitsOf } from "./bench_process.ts";
import { pause, runDaemon } from "./bench_running_daemon.ts";
import type { Case } from "./bench_timing.ts";
import { measure, programCase, report, table, timeProgram } from "./bench_timing.ts";
import { say, warn } from "./script.ts";

const WARM_UPS = 2;
const FEW = 1;
const MANY = 1_000;

/** Before a daemon counts as idle, and how long it is then looked at (milliseconds). */
const SETTLE_MS = 5_000;
const IDLE_MS = 20_000;

interface Parts {
  /** A directory for what is needed only meanwhile. */
  readonly work: string;
  /** The programs. */
  readonly vantage: string;
  readonly hello: string;
  readonly rounds: number;
}

/** Homes with so many accounts that have a session. */
interface Homes {
  readonly few: string;
  readonly many: string;
}

export async function benchDaemon(parts: Parts): Promise<void> {
  if (Deno.build.os === "windows") return warn("skipped: the daemon is not measured on Windows");
  const { vantage } = parts;
  const work = join(parts.work, "daemon");
  const key = await homeWithAccounts(work, FEW);
  const few = await homeWithSessions(work, FEW);
  const many = await homeWithSessions(work, MANY);
  await using peer = await startOidcAgent(work);
  await benchStartUp(parts, { few, many });
  say("");
  await benchCommands(parts, { few, many }, peer);
  say("");
  await benchCalls(vantage, { "API key": key, "session": few }, peer);
  say("");
  await benchFirstUse(vantage, many, MANY);
  say("");
  await benchIdling(vantage, many);
}

const sessions = (count: number) => `${count} session${count === 1 ? "" : "s"}`;

async function benchStartUp({ vantage, hello, rounds }: Parts, homes: Homes): Promise<void> {
  const env = { VANTAGE_HOME: homes.few };
  const command = (verb: string) => ({
    name: `vantage daemon ${verb}`,
    program: vantage,
    args: ["daemon", verb],
    env,
  });
  const run = (count: number, home: string): Case => ({
    name: `vantage daemon run, to the first token, ${sessions(count)}`,
    async time() {
      await using daemon = await runDaemon(vantage, home);
      return daemon.startedInMs;
    },
  });
  const cases = [
    programCase({ name: "hello", program: hello, args: [] }),
    run(FEW, homes.few),
    run(MANY, homes.many),
    programCase(command("start")), // is stopped by the next
    programCase(command("stop")),
  ];
  try {
    const results = await measure(cases, Math.ceil(rounds / 3), WARM_UPS);
    report(results, results);
  } finally {
    await timeProgram(command("stop")); // where one of them failed
  }
}

/** `vantage token` in every way it can get at a token. */
async function benchCommands(
  { work, vantage, hello, rounds }: Parts,
  homes: Homes,
  peer: OidcAgent | undefined,
): Promise<void> {
  await using _few = await runDaemon(vantage, homes.few);
  await using _many = await runDaemon(vantage, homes.many);
  const nobody = { VANTAGE_SOCKET: join(work, "nobody.sock") };
  const named = ["token", SERVICE, "a0"];
  const tokenCases = (count: number, home: string) => {
    const ways = [
      { way: "by the daemon", args: named, env: {} },
      { way: "--direct", args: [...named, "--direct"], env: {} },
      { way: "without a daemon", args: named, env: nobody },
    ];
    return ways.map(({ way, args, env }) =>
      programCase({
        name: `vantage token ${way}, ${sessions(count)}`,
        program: vantage,
        args,
        env: { VANTAGE_HOME: home, ...env },
      })
    );
  };
  const cases = [
    programCase({ name: "hello", program: hello, args: [] }),
    ...tokenCases(FEW, homes.few),
    ...tokenCases(MANY, homes.many),
  ];
  if (peer) {
    const args = [OIDC_ACCOUNT];
    cases.push(programCase({ name: "oidc-token", program: "oidc-token", args, env: peer.env }));
  }
  const results = await measure(cases, rounds, WARM_UPS);
  report(results, results);
}

/** What a daemon does that has nothing to do. */
async function benchIdling(vantage: string, home: string): Promise<void> {
  await using daemon = await runDaemon(vantage, home);
  await pause(SETTLE_MS);
  const [cpu, waits] = [await cpuOf(daemon.pid), await waitsOf(daemon.pid)];
  await pause(IDLE_MS);
  const [cpuAfter, waitsAfter] = [await cpuOf(daemon.pid), await waitsOf(daemon.pid)];
  const aMinute = (before: number | undefined, after: number | undefined) =>
    before === undefined || after === undefined
      ? UNKNOWN
      : ((after - before) / IDLE_MS * 60_000).toFixed(0);
  table([
    ["idle, a minute", "CPU ms", "waits", "MiB"],
    [
      sessions(MANY),
      aMinute(cpu, cpuAfter),
      aMinute(waits && 0, waits && waitsAfter && newWaits(waits, waitsAfter)),
      mebibytes(await memoryOf(daemon.pid)),
    ],
  ]);
}

/** Voluntary context switches: how often any thread had something to do and then waited again. */
function newWaits(before: Map<string, number>, after: Map<string, number>): number {
  return [...after].reduce((sum, [id, count]) => sum + count - (before.get(id) ?? 0), 0);
}
