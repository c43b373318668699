import assert from "node:assert/strict";
import { type FakeOptions, type FakeSystem, fakeSystem } from "../support/fake_system.ts";
import type { Provider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";

/** The command line in this process, in a home of the binary's harness. */
export function inHome(home: Home, args: string[], options: FakeOptions = {}): FakeSystem {
  return fakeSystem({ ...options, args, env: { VANTAGE_HOME: home.dir, ...options.env } });
}

/** Runs it with -vv, and searches what it printed for secrets. */
export async function runInHome(
  home: Home,
  provider: Provider,
  args: string[],
  options: FakeOptions = {},
): Promise<Result> {
  const result = await inHome(home, ["-vv", ...args], options).run();
  for (const secret of provider.secrets()) {
    assert.ok(!result.stderr.includes(secret), result.stderr);
    assert.ok(args.includes("token") || !result.stdout.includes(secret), result.stdout);
  }
  return result;
}

/** Changes the session in the token file of the profile `test`, as time or another hand would. */
export async function changeRecord(
  home: Home,
  // deno-lint-ignore no-explicit-any -- the record as it is on disk
  change: (record: any) => void,
): Promise<void> {
  const record = await home.readRecord();
  change(record);
  await Deno.writeTextFile(home.tokenFile, JSON.stringify(record));
}
