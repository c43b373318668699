/**
 * `deno task bench`: how long commands take from start to end, beside the shortest program that
 * `deno compile` can make, what the daemon takes, and how fast calls to an API are beside curl.
 * Cases take turns, so that a busy moment of the machine hits all alike. `--only commands`,
 * `--only daemon` and `--only api` leave out the other parts.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle, compileBundle, findRuntime } from "./program.ts";
import { homeWithAccounts } from "./bench_accounts.ts";
import { benchApi } from "./bench_api.ts";
import { benchDaemon } from "./bench_daemon.ts";
import { isInstalled } from "./bench_installed.ts";
import type { Program } from "./bench_timing.ts";
import { measure, programCase, report, timeProgram } from "./bench_timing.ts";
import { compile } from "./compile.ts";
import { Failure, runScript, say, warn } from "./script.ts";
import { startProvider } from "../tests/support/provider.ts";
import { hostTarget } from "./targets.ts";

const WARM_UPS = 10;
const ROUNDS = 60;
const ACCOUNTS = [1, 1_000, 10_000];

/** What there is to measure; all of it where none is named. */
const PARTS = ["commands", "daemon", "api"];

interface Parts {
  /** A directory for what is needed only meanwhile. */
  readonly work: string;
  /** The programs. */
  readonly vantage: string;
  readonly hello: string;
  readonly rounds: number;
}

async function compileVantage(work: string): Promise<string> {
  const [vantage] = await compile({ targets: [], output: work, host: true, release: false });
  if (vantage === undefined) throw new Failure("Nothing was compiled");
  return vantage;
}

/** Commands in homes with ever more accounts: how the time grows is what matters. */
async function makeGrowingCases({ work, vantage }: Parts): Promise<Program[]> {
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
async function makeCases({ work, vantage, hello }: Parts): Promise<Program[]> {
  const cases: Program[] = [
    { name: "hello", program: hello, args: [] },
    { name: "vantage --version", program: vantage, args: ["--version"] },
    {
      name: "vantage token",
      program: vantage,
      args: ["token"],
      env: { VANTAGE_HOME: await loggedInHome(work, vantage) },
    },
  ];
  if (await isInstalled("gh")) {
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
  await timeProgram({ name: "vantage login", program: vantage, args: ["login"], env });
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

function parse(): { readonly rounds: number; readonly only: readonly string[] } {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      rounds: { type: "string", default: String(ROUNDS) },
      only: { type: "string", multiple: true, default: PARTS },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Failure(`Cannot run '${values.rounds}' rounds: give a whole number above 0`, 2);
  }
  const unknown = values.only.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) {
    throw new Failure(`Cannot measure '${unknown}': give one of ${PARTS.join(", ")}`, 2);
  }
  return { rounds, only: values.only };
}

async function benchCommands(parts: Parts): Promise<void> {
  const { rounds } = parts;
  const cases = (await makeCases(parts)).map(programCase);
  const results = await measure(cases, rounds, WARM_UPS);
  report(results, results);
  say("");
  const growing = (await makeGrowingCases(parts)).map(programCase);
  report(await measure(growing, Math.ceil(rounds / 10), 1), results);
}

async function main(): Promise<void> {
  const { rounds, only } = parse();
  const work = await Deno.makeTempDir({ prefix: "vantage-bench-" });
  try {
    const vantage = await compileVantage(work);
    const parts = { work, vantage, hello: await compileHello(work), rounds };
    const benches = { commands: benchCommands, daemon: benchDaemon, api: benchApi };
    let isFirst = true;
    for (const [name, bench] of Object.entries(benches)) {
      if (!only.includes(name)) continue;
      if (!isFirst) say("");
      isFirst = false;
      await bench(parts);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) await runScript("bench", main);
