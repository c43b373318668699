import assert from "node:assert/strict";
import { type Home, makeHome } from "./vantage.ts";

/** A home whose accounts, SERVICE/ACCOUNT, have these API keys: secrets that need no provider. */
export async function homeWithKeys(keys: Readonly<Record<string, string>>): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, "");
  for (const [account, key] of Object.entries(keys)) {
    const add = ["account", "add", ...account.split("/"), "--api-key", "-"];
    const { status, stderr } = await home.run(add, { stdin: key });
    assert.equal(status, 0, stderr);
  }
  return home;
}
