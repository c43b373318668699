import assert from "node:assert/strict";
import { assertDone, assertFailed } from "../support/login.ts";
import { type Home, makeHome, type Result } from "../support/vantage.ts";

/** Not issued by any provider, so the harness cannot know it: looked for here. */
const KEY = `key-${crypto.randomUUID()}`;

async function emptyHome(): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, "");
  return home;
}

async function addKey(home: Home, key = KEY, ...args: string[]): Promise<Result> {
  const result = await home.run(["account", "add", "openai", "work", "--api-key", "-", ...args], {
    stdin: key + "\n",
  });
  assert.ok(key === "" || !(result.stdout + result.stderr).includes(key), "It printed the key");
  return result;
}

Deno.test("vantage account add --api-key - stores a key of a service that needs no provider", async () => {
  await using home = await emptyHome();
  assertDone(await addKey(home));
  const { stdout } = await home.run(["token", "openai", "work"]);
  assert.equal(stdout, KEY + "\n");
  const json = JSON.parse((await home.run(["token", "openai", "work", "--json"])).stdout);
  assert.deepEqual(json, { access_token: KEY, token_type: "Bearer", expires_at: null });
  assertDone(await home.run(["token", "openai", "work", "--check"]));
  const { accounts } = JSON.parse((await home.run(["status", "--json"])).stdout);
  assert.equal(accounts.at(-1).state, "API_key");
  assert.ok(!(await Deno.readTextFile(`${home.dir}/accounts.toml`)).includes(KEY));
  assert.equal((await Deno.stat(`${home.dir}/tokens/openai/work.json`)).mode! & 0o777, 0o600);
});

Deno.test("vantage account add replaces a key with --force only", async () => {
  await using home = await emptyHome();
  assertDone(await addKey(home));
  assertFailed(await addKey(home, "another-key-0123456789", "--json"), 3, "account_exists");
  assert.equal((await home.run(["token", "openai", "work"])).stdout, KEY + "\n");
  assertDone(await addKey(home, "another-key-0123456789", "--force"));
  assert.equal((await home.run(["token", "openai", "work"])).stdout, "another-key-0123456789\n");
});

Deno.test("vantage account add refuses a key on the command line, an empty one, and no answer", async () => {
  await using home = await emptyHome();
  const typed = await home.run(["account", "add", "openai", "work", "--api-key", KEY, "--json"]);
  const { hint } = assertFailed(typed, 2, "usage");
  assert.match(hint, /`vantage account add openai work --api-key -`/);
  assert.ok(!typed.stderr.includes(KEY));
  assertFailed(await addKey(home, "", "--json"), 2, "usage");
  assertFailed(
    await home.run(["account", "add", "openai", "work", "--json", "--api-key"]),
    2,
    "input_required",
  );
});

Deno.test("vantage refresh, login and whoami of an account with a key say that it has one", async () => {
  await using home = await emptyHome();
  assertDone(await addKey(home));
  assertFailed(await home.run(["refresh", "openai", "work", "--json"]), 1, "not_supported");
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    `[providers.openai]\nissuer = "https://id.example.com"\nclient_id = "x"\n`,
  );
  assertFailed(await home.run(["login", "openai", "work", "--json"]), 3, "account_exists");
  assert.equal((await home.run(["token", "openai", "work"])).stdout, KEY + "\n");
});

Deno.test("vantage account remove removes the key", async () => {
  await using home = await emptyHome();
  assertDone(await addKey(home));
  const { stdout } = await home.run(["remove-account", "openai", "work", "--yes"]);
  assert.equal(stdout, "Removed account 'openai/work'\n");
  assertFailed(await home.run(["token", "openai", "work", "--json"]), 4, "not_logged_in");
});

Deno.test("vantage takes the names that its seeds had for these commands", async () => {
  await using home = await emptyHome();
  const added = await home.run(["add-account", "openai", "work", "--api-key", "-"], {
    stdin: KEY,
  });
  assertDone(added);
  assert.equal((await home.run(["get-token", "openai", "work"])).stdout, KEY + "\n");
  assert.match((await home.run(["list-accounts"])).stdout, /^openai {3}work/m);
  assertDone(await home.run(["remove-account", "openai", "work", "--yes"]));
  const help = (await home.run(["--help"])).stdout;
  for (const name of ["add-account", "list-accounts", "remove-account"]) {
    assert.ok(!help.includes(name), name);
  }
});

Deno.test("vantage keeps keys and client secrets in the secondary store where there is one", async () => {
  await using home = await emptyHome();
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    `[storage]\nprimary = "memory"\nsecondary = "file"\n`,
  );
  assertDone(await addKey(home));
  assert.equal((await home.run(["token", "openai", "work"])).stdout, KEY + "\n");
  const secret = await home.run(["provider", "set", "spotify", "client_secret", "-"], {
    stdin: KEY,
  });
  assertDone(secret);
  const record = JSON.parse(await Deno.readTextFile(`${home.dir}/tokens/spotify/_provider.json`));
  assert.equal(record.client_secret, KEY);
  assertDone(await home.run(["account", "remove", "openai", "work", "--yes"]));
  assertFailed(await home.run(["token", "openai", "work", "--json"]), 4, "not_logged_in");
});
