/**
 * `deno task bench`: how long commands take from start to end, beside the shortest program that
 * `deno compile` can make. Cases take turns, so that a busy moment of the machine hits all alike.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle, compileBundle, findRuntime } from "./program.ts";
import { homeWithAccounts } from "./bench_accounts.ts";
import { compile } from "./compile.ts";
import { Failure, runScript, say, warn } from "./script.ts";
import { startProvider } from "../tests/support/provider.ts";
import { hostTarget } from "./targets.ts";

const WARM_UPS = 10;
const ROUNDS = 60;
const ACCOUNTS = [1, 1_000, 10_000];

interface Case {
  name: string;
  program: string;
  args: string[];
  env?: Record<string, string>;
}

interface Result {
  name: string;
  /** Milliseconds, ascending. */
  times: number[];
}

async function compileVantage(work: string): Promise<string> {
  const [vantage] = await compile({ targets: [], output: work, host: true, release: false });
  if (vantage === undefined) throw new Failure("Nothing was compiled");
  return vantage;
}

/** Commands in homes with ever more accounts: how the time grows is what matters. */
async function makeGrowingCases(work: string, vantage: string): Promise<Case[]> {
  const homes = await Promise.all(
    ACCOUNTS.map(async (count) => ({ count, home: await homeWithAccounts(work, count) })),
  );
  const commands = [["token", "example", "a0"], ["account", "list"], ["status"]];
  return commands.flatMap((args) =>
    homes.map(({ count, home }) => ({
      name: `vantage ${args.join(" ")}, ${count} accounts`,
      program: vantage,
      args,
      env: { VANTAGE_HOME: home },
    }))
  );
}

/** The cases to time; the first is what the others are compared with. */
async function makeCases(work: string, vantage: string): Promise<Case[]> {
  const cases: Case[] = [
    { name: "hello", program: await compileHello(work), args: [] },
    { name: "vantage --version", program: vantage, args: ["--version"] },
    {
      name: "vantage token",
      program: vantage,
      args: ["token"],
      env: { VANTAGE_HOME: await loggedInHome(work, vantage) },
    },
  ];
  if (await exists("gh")) {
    cases.push({
      name: "gh auth token",
      program: "gh",
      args: ["auth", "token"],
      env: { GH_CONFIG_DIR: await ghHome(work), GH_NO_UPDATE_NOTIFIER: "1" },
    });
  } else {
    warn("skipped: gh is not installed");
  }
  return cases;
}

/** The shortest program, made in the same way as ours: bundled, same runtime, same permissions. */
async function compileHello(work: string): Promise<string> {
  const directory = join(work, "hello");
  await Deno.mkdir(directory);
  await Deno.writeTextFile(join(directory, "main.ts"), `console.log("hello");\n`);
  await Deno.writeTextFile(join(directory, "deno.json"), "{}\n");
  const entry = await bundle("main.ts", join(directory, "bundle"), directory);
  const target = hostTarget();
  return await compileBundle(entry, target, await findRuntime(target));
}

/** A home in which the program has logged in, so that `token` finds a good token and uses no network. */
async function loggedInHome(work: string, vantage: string): Promise<string> {
  await using provider = await startProvider();
  const home = join(work, "home");
  await Deno.mkdir(home);
  await Deno.writeTextFile(
    join(home, "config.toml"),
    `[profiles.default]\nissuer = "${provider.issuer}"\n` +
      `client_id = "${provider.machine.clientId}"\nflow = "client-credentials"\n`,
  );
  const env = { VANTAGE_HOME: home, VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  await time({ name: "vantage login", program: vantage, args: ["login"], env });
  return home;
}

/** A configuration directory in which `gh` is logged in, its token in a file as ours is. */
async function ghHome(work: string): Promise<string> {
  const directory = join(work, "gh");
  await Deno.mkdir(directory);
  const token = "gho_" + "x".repeat(36);
  await Deno.writeTextFile(
    join(directory, "hosts.yml"),
    `github.com:\n  users:\n    bench:\n      oauth_token: ${token}\n` +
      `  oauth_token: ${token}\n  user: bench\n  git_protocol: https\n`,
  );
  // Else the first run rewrites hosts.yml to this version and tries the keyring.
  await Deno.writeTextFile(join(directory, "config.yml"), `version: "1"\n`);
  return directory;
}

async function exists(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

/** Runs a case to its end and returns the milliseconds that took. */
async function time({ name, program, args, env = {} }: Case): Promise<number> {
  const command = new Deno.Command(program, { args, env, stdin: "null" }); // output is piped
  const started = performance.now();
  const { success, stderr } = await command.output();
  const ms = performance.now() - started;
  if (!success) throw new Failure(`'${name}' failed: ${new TextDecoder().decode(stderr)}`);
  return ms;
}

async function measure(
  cases: readonly Case[],
  rounds: number,
  warmUps: number,
): Promise<Result[]> {
  for (let i = 0; i < warmUps; i++) for (const each of cases) await time(each);
  const results = cases.map(({ name }) => ({ name, times: [] as number[] }));
  for (let i = 0; i < rounds; i++) {
    for (const [at, each] of cases.entries()) results[at]?.times.push(await time(each));
  }
  for (const { times } of results) times.sort((a, b) => a - b);
  return results;
}

/** The value below which `share` of the sorted values lie. */
const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

/** Prints a row a case, each beside the floor: the first case of `compared`. */
function report(results: readonly Result[], compared: readonly Result[]): void {
  const base = quantile(compared[0]?.times ?? [], 0.5);
  const width = Math.max(...results.map(({ name }) => name.length));
  const row = (...cells: [string, string, string, string]) =>
    say(cells.map((cell, at) => at === 0 ? cell.padEnd(width) : cell.padStart(10)).join("  "));
  row("", "median ms", "p95 ms", "x hello");
  for (const { name, times } of results) {
    const median = quantile(times, 0.5);
    row(name, median.toFixed(1), quantile(times, 0.95).toFixed(1), (median / base).toFixed(2));
  }
}

function parseRounds(): number {
  const { values } = parseArgs({
    args: Deno.args,
    options: { rounds: { type: "string", default: String(ROUNDS) } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Failure(`Cannot run '${values.rounds}' rounds: give a whole number above 0`, 2);
  }
  return rounds;
}

async function main(): Promise<void> {
  const rounds = parseRounds();
  const work = await Deno.makeTempDir({ prefix: "vantage-bench-" });
  try {
    const vantage = await compileVantage(work);
    const results = await measure(await makeCases(work, vantage), rounds, WARM_UPS);
    report(results, results);
    say("");
    const few = Math.ceil(rounds / 10);
    report(await measure(await makeGrowingCases(work, vantage), few, 1), results);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) await runScript("bench", main);
