import assert from "node:assert/strict";
import { assertDone, assertFailed, files, jsonLines, shownUrl } from "../support/login.ts";
import { browse } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";

/** A home that knows the provider as the service `acme`, and no profile of it. */
async function homeWithService(provider: Provider, more = ""): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    `[providers.acme]\nissuer = "${provider.issuer}"\nclient_id = "${provider.clientId}"\n${more}`,
  );
  return home;
}

async function logIn(home: Home, user: string, ...args: string[]) {
  const login = home.start([...args, "--flow", "browser", "--no-browser", "--json"]);
  await browse(await shownUrl(login), { user });
  const result = await login.result;
  assertDone(result);
  return JSON.parse(result.stdout);
}

/** Fails when something that was printed or written outside of the store holds a secret. */
async function assertNoSecret(home: Home, provider: Provider): Promise<void> {
  for (const name of ["config.toml", "accounts.toml"]) {
    const text = await Deno.readTextFile(`${home.dir}/${name}`);
    for (const secret of provider.secrets()) assert.ok(!text.includes(secret), `${name}: ${text}`);
  }
}

Deno.test("vantage account add logs in two accounts of a service, each with tokens of its own", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  const work = await logIn(home, "ada", "account", "add", "acme", "work");
  assert.deepEqual(
    [work.profile, work.service, work.account, work.email],
    [null, "acme", "work", "ada@example.com"],
  );
  await logIn(home, "grace", "login", "acme", "personal");

  const token = async (account: string) =>
    (await home.run(["token", "acme", account])).stdout.trim();
  const tokens = [await token("work"), await token("personal")];
  assert.notEqual(tokens[0], tokens[1]);
  for (const value of tokens) assert.ok(provider.secrets().includes(value));
  for (const [account, subject] of [["work", "ada"], ["personal", "grace"]] as const) {
    const { stdout } = await home.run(["whoami", "acme", account, "--json"]);
    assert.equal(JSON.parse(stdout).subject, subject);
  }

  const { accounts } = JSON.parse((await home.run(["account", "list", "--json"])).stdout);
  assert.deepEqual(
    accounts.map(({ service, account, scopes }: Record<string, unknown>) => [
      service,
      account,
      scopes,
    ]),
    ["work", "personal"].map((name) => [
      "acme",
      name,
      ["openid", "email", "profile", "offline_access"],
    ]),
  );
  assert.match(accounts[0].created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await assertNoSecret(home, provider);
});

Deno.test("vantage account remove revokes the session and leaves nothing of the account", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await logIn(home, "ada", "login", "acme", "work");
  await logIn(home, "grace", "login", "acme", "personal");
  assertFailed(
    await home.run(["account", "remove", "acme", "work", "--json"]),
    2,
    "input_required",
  );
  const { stdout } = await home.run(["account", "remove", "acme", "work", "--yes"]);
  assert.equal(stdout, "Logged out of account 'acme/work'\nRemoved account 'acme/work'\n");
  assert.equal(provider.count({ path: "revocation" }), 2);
  assert.deepEqual((await files(home)).filter((path) => path.includes("work")), []);
  const { accounts } = JSON.parse((await home.run(["account", "list", "--json"])).stdout);
  assert.deepEqual(accounts.map(({ account }: { account: string }) => account), ["personal"]);
  assertFailed(await home.run(["token", "acme", "work", "--json"]), 4, "not_logged_in");
  assertFailed(
    await home.run(["account", "remove", "acme", "work", "--yes", "--json"]),
    3,
    "account_unknown",
  );
  assertDone(await home.run(["token", "acme", "personal"]));
});

Deno.test("vantage treats profile NAME and account vantage/NAME as one", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await logIn(home, "ada", "login", "vantage", "test");
  const [byProfile, byAccount] = [
    (await home.run(["token", "-p", "test"])).stdout,
    (await home.run(["token", "vantage", "test"])).stdout,
  ];
  assert.equal(byProfile, byAccount);
  const { accounts } = JSON.parse((await home.run(["account", "list", "--json"])).stdout);
  assert.deepEqual([accounts[0].service, accounts[0].account], ["vantage", "test"]);
  assertFailed(await home.run(["token", "vantage", "tset", "--json"]), 3, "profile_unknown");
});

Deno.test("vantage account show and status tell the state of accounts beside the profiles'", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await logIn(home, "ada", "login", "acme", "work");
  const shown = JSON.parse((await home.run(["account", "show", "acme", "work", "--json"])).stdout);
  assert.deepEqual(
    [shown.state, shown.email, shown.refreshable, shown.store],
    ["logged_in", "ada@example.com", true, "file"],
  );
  assert.match(
    (await home.run(["account", "show", "acme", "work"])).stdout,
    /^account +acme\/work$/m,
  );
  const { accounts } = JSON.parse((await home.run(["status", "--json"])).stdout);
  assert.deepEqual(
    accounts.map(({ service, account, state }: Record<string, string>) =>
      `${service}/${account} ${state}`
    ),
    ["vantage/default logged_out", "acme/work logged_in"],
  );
  assertFailed(
    await home.run(["account", "show", "acme", "other", "--json"]),
    3,
    "account_unknown",
  );
});

Deno.test("vantage logout --all ends the sessions of accounts too", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await logIn(home, "ada", "login", "acme", "work");
  const { stdout } = await home.run(["logout", "--all"]);
  assert.equal(stdout, "Logged out of account 'acme/work'\n");
  assertFailed(await home.run(["token", "acme", "work", "--json"]), 4, "not_logged_in");
});

Deno.test("vantage token never hands the profile's token, client or secret to an account of a service", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await logIn(home, "ada", "login", "acme", "work");
  const env = {
    VANTAGE_TOKEN: "token-of-the-profile",
    VANTAGE_CLIENT_ID: "client-of-the-profile",
    VANTAGE_CLIENT_SECRET: "secret-of-the-profile",
  };
  const { stdout } = await home.run(["token", "acme", "work", "--refresh"], { env });
  assert.notEqual(stdout.trim(), env.VANTAGE_TOKEN);
  const last = provider.requests.at(-1);
  assert.equal(last?.form.client_id, provider.clientId);
  assert.ok(!JSON.stringify(provider.requests).includes(env.VANTAGE_CLIENT_SECRET));
});

Deno.test("vantage login of an unknown or incomplete service says what to do, and leaves no trace", async () => {
  await using home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, "");
  const unknown = assertFailed(
    await home.run(["login", "githbu", "me", "--json"]),
    3,
    "provider_unknown",
  );
  assert.match(unknown.hint, /^Did you mean 'github'\?/);
  const incomplete = assertFailed(
    await home.run(["login", "github", "me", "--json"]),
    3,
    "config_incomplete",
  );
  assert.match(incomplete.hint, /`vantage provider set github client_id CLIENT_ID`$/);
  assert.deepEqual(await files(home), ["config.toml"]);
});

Deno.test("vantage login warns and goes on when the list of accounts cannot be written", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await Deno.writeTextFile(`${home.dir}/accounts.toml`, "[[accounts]\n");
  const login = home.start([
    ...["login", "acme", "work", "--flow", "browser", "--no-browser", "--json"],
  ]);
  await browse(await shownUrl(login));
  const result = await login.result;
  assertDone(result);
  const warning = jsonLines(result).find(({ event }) => event === "warning");
  assert.match(warning.message, /^Cannot note the account .*accounts\.toml:1: cannot parse TOML/);
  assertDone(await home.run(["token", "acme", "work"]));
});

Deno.test("vantage token notes the last use of an account at most once an hour", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await logIn(home, "ada", "login", "acme", "work");
  const lastUsed = async () =>
    JSON.parse((await home.run(["account", "list", "--json"])).stdout).accounts[0].last_used;
  const path = `${home.dir}/accounts.toml`;
  const old = "2026-01-01T00:00:00Z";
  await Deno.writeTextFile(
    path,
    (await Deno.readTextFile(path)).replace(/last_used = .*/, `last_used = "${old}"`),
  );
  assertDone(await home.run(["token", "acme", "work"]));
  assert.equal(await lastUsed(), old); // the login was noted, not an hour ago
  const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
  await Deno.utime(`${home.dir}/tokens/acme/work+used`, hoursAgo, hoursAgo);
  assertDone(await home.run(["token", "acme", "work"]));
  assert.notEqual(await lastUsed(), old);
});
