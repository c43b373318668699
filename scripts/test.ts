/**
 * `deno task test [-- ARGS...]`: the static checks, the program, then every test. ARGS go to
 * `deno test`. `deno task check` (`--static`) ends before the tests. The last line is always `N passed, N failed, N skipped`; a failed check counts as
 * one failure. The exit status is 0 only when nothing failed.
 */
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./program.ts";
import { say } from "./script.ts";

/**
 * How many test files run at a time, each in a worker of its own: tests share no state, and most
 * of them wait for programs, so that there may be more of them than processors.
 */
const JOBS = Math.max(4, navigator.hardwareConcurrency);

/** What runs before the tests. All of them run, so that one run shows all that is wrong. */
const CHECKS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check", "src", "tests", "scripts"]],
  ["imports", ["run", "--allow-read=src", "scripts/check_imports.ts"]],
  ["compile", ["run", "--allow-all", "--no-check", "scripts/compile.ts"]],
];

// Types are checked already. The tests start servers, browsers and the program itself.
const TEST_ARGS = ["test", "--allow-all", "--no-check", "--parallel"];

/** Tests that need a program which is not there print this and pass over themselves. */
const SKIP_NOTICE = /^skipped: .+ is not installed$/;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The counts of `deno test`'s summary, undefined when `line` is not one. */
export function parseSummary(line: string): Counts | undefined {
  if (!/^(ok|FAILED) \| \d+ passed\b/.test(line)) return undefined;
  const count = (what: string) => Number(line.match(`\\| (\\d+) ${what}\\b`)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** Runs this Deno, lets its output through as it comes, and hands every line of it to `onLine`. */
async function stream(args: readonly string[], onLine = (_line: string) => {}): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: {
      DENO_JOBS: `${JOBS}`,
      DENO_TLS_CA_STORE: "mozilla,system", // companies re-sign TLS with an authority of their own
      ...Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" },
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const relay = async (from: ReadableStream<Uint8Array>, to: typeof Deno.stdout) => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of from) {
      for (let sent = 0; sent < chunk.length;) sent += await to.write(chunk.subarray(sent));
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(stripVTControlCharacters(line).trimEnd());
    }
    if (rest !== "") onLine(stripVTControlCharacters(rest));
  };
  await Promise.all([relay(child.stdout, Deno.stdout), relay(child.stderr, Deno.stderr)]);
  return (await child.status).code;
}

/** Runs the checks and returns the names of those that failed. */
async function check(): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, args] of CHECKS) {
    const started = performance.now();
    const code = await stream(args);
    if (code !== 0) failed.push(name);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`${name}: ${code === 0 ? "ok" : "FAILED"} (${seconds} s)`);
  }
  return failed;
}

async function main(): Promise<void> {
  const failedChecks = await check();
  if (Deno.args[0] === "--static") Deno.exit(failedChecks.length === 0 ? 0 : 1);

  let counts: Counts | undefined;
  const skipNotices = new Set<string>();
  const own = Deno.args[0] === "--" ? Deno.args.slice(1) : Deno.args;
  const code = await stream([...TEST_ARGS, ...own], (line) => {
    counts = parseSummary(line) ?? counts;
    if (SKIP_NOTICE.test(line)) skipNotices.add(line);
  });
  // No summary: the runner itself died, or found nothing to run. That must not look like success.
  counts ??= { passed: 0, failed: 1, skipped: 0 };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  counts.failed += failedChecks.length;

  for (const notice of [...skipNotices].sort()) say(notice);
  for (const name of failedChecks) say(`failed: ${name}`);
  say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  Deno.exit(counts.failed === 0 ? 0 : 1);
}

if (import.meta.main) await main();
