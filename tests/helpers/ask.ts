import assert from "node:assert/strict";
import { inHome } from "../cli/in_home.ts";
import type { FakeOptions } from "../support/fake_system.ts";
import type { Home, Result } from "../support/vantage.ts";

/** Runs the command line in this process, with `input` on its stdin. */
export async function ask(
  home: Home,
  args: string[],
  input: string,
  options: FakeOptions = {},
): Promise<Result> {
  const program = inHome(home, args, options);
  for (const line of input.replace(/\n$/, "").split("\n")) program.type(line);
  program.endInput();
  return await program.run();
}

/** Adds an account with a static key. */
export async function addKey(home: Home, service: string, account: string, key: string) {
  const args = ["account", "add", service, account, "--api-key", "-"];
  const { status, stderr } = await ask(home, args, key);
  assert.equal(status, 0, stderr);
}

/** Adds tables to the settings of {@link makeHome}. */
export async function addConfig(home: Home, toml: string): Promise<void> {
  await Deno.writeTextFile(`${home.dir}/config.toml`, toml, { append: true });
}

/** What is stored of an account. */
// deno-lint-ignore no-explicit-any -- the record as it is on disk
export async function recordOf(home: Home, service: string, account: string): Promise<any> {
  const path = `${home.dir}/tokens/${service}/${account}.json`;
  return JSON.parse(await Deno.readTextFile(path));
}
