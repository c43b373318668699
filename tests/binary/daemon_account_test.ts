import assert from "node:assert/strict";
import { join } from "node:path";
import { type Message, RawClient, type RunningDaemon, startDaemon } from "../support/daemon.ts";
import { assertDone, shownUrl } from "../support/login.ts";
import { approveDevice, browse } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";

/** A home that knows the provider as the service `acme`. */
async function homeWithService(provider: Provider, more = ""): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(
    join(home.dir, "config.toml"),
    `[providers.acme]\nissuer = "${provider.issuer}"\nclient_id = "${provider.clientId}"\n${more}`,
  );
  return home;
}

/** The parameters of the login notifications that follow, up to one in this state. */
async function stepsUpTo(client: RawClient, state: string): Promise<Message[]> {
  const steps: Message[] = [];
  for (;;) {
    const message = await client.next();
    assert.ok(message, `The daemon hung up before '${state}': ${JSON.stringify(steps)}`);
    assert.equal(message.method, "login");
    assert.equal("id" in message, false);
    steps.push(message.params);
    if (message.params.state === state) return steps;
  }
}

/** Fails when what a client saw holds a secret of the provider's. */
function assertNoSecret(provider: Provider, messages: readonly unknown[]): void {
  const text = JSON.stringify(messages);
  for (const secret of provider.secrets()) assert.ok(!text.includes(secret), text);
}

const tokenOf = async (daemon: RunningDaemon, account: string) =>
  (await daemon.call("get_token", ["acme", account])).result.access_token;

Deno.test("add_account of the daemon tells a device code at once, and the end by notification", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  const params = { service: "acme", account: "work", flow: "device" };
  const { result: first } = await client.call("add_account", params);
  assert.equal(first.state, "device_code");
  assert.match(first.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  assert.ok(first.verification_uri.startsWith(provider.issuer));
  assert.match(first.expires_at, /Z$/);

  // Who asks meanwhile is told of the same login, and other accounts are served as ever.
  using second = await daemon.connect();
  assert.deepEqual((await second.call("add_account", params)).result, first);
  assert.equal((await daemon.call("get_token", ["acme", "work"])).error.data.code, "not_logged_in");

  await approveDevice(first.verification_uri_complete, { user: "ada" });
  const steps = await stepsUpTo(client, "authorized");
  const last = steps.at(-1)!;
  assert.deepEqual([last.login_id, last.service, last.account, last.already], [
    first.login_id,
    "acme",
    "work",
    false,
  ]);
  await stepsUpTo(second, "authorized");
  assertNoSecret(provider, [first, ...steps]);

  const { accounts } = (await client.call("list_accounts", ["acme"])).result;
  assert.deepEqual(accounts.map(({ account }: Message) => account), ["work"]);
  assert.deepEqual((await client.call("list_accounts", { service: "other" })).result.accounts, []);
  const { result: shown } = await client.call("get_account", ["acme", "work"]);
  assert.deepEqual([shown.state, shown.email], ["logged_in", "ada@example.com"]);
  const { error } = await client.call("get_account", ["acme", "other"]);
  assert.equal(error.data.code, "account_unknown");
  assert.equal(
    `${await tokenOf(daemon, "work")}\n`,
    (await home.run(["token", "acme", "work"])).stdout,
  );
  const again = await client.call("add_account", params);
  assert.deepEqual([again.result.state, again.result.already], ["authorized", true]);
});

Deno.test("add_account of the daemon tells an address for the browser, and takes its answer", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  const params = ["acme", "work", ["openid", "offline_access"], "browser"];
  const { result: first } = await client.call("add_account", params);
  assert.equal(first.state, "authorization_url");
  const scope = new URL(first.authorization_url).searchParams.get("scope");
  assert.equal(scope, "openid offline_access");
  await browse(first.authorization_url, { user: "grace" });
  await stepsUpTo(client, "authorized");
  assert.ok(provider.secrets().includes(await tokenOf(daemon, "work")));
});

Deno.test("add_account of the daemon says why a login failed, before and after its first step", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  const unknown = await client.call("add_account", ["nowhere", "me"]);
  assert.deepEqual([unknown.error.code, unknown.error.data.code], [-32003, "provider_unknown"]);
  const wrong = await client.call("add_account", { service: "acme", account: "x", flow: "magic" });
  assert.equal(wrong.error.code, -32602);

  const { result } = await client.call("add_account", {
    service: "acme",
    account: "work",
    flow: "device",
  });
  await approveDevice(result.verification_uri_complete, { deny: true });
  const { error } = (await stepsUpTo(client, "failed")).at(-1)!;
  assert.equal(error.code, "login_denied");
  // Another one can begin.
  const next = await client.call("add_account", ["acme", "work", null]);
  assert.equal(next.error?.code ?? next.result.state, -32602, "null is no list of scopes");
  const retry = await client.call("add_account", { service: "acme", account: "work", timeout: 1 });
  assert.equal(retry.result.state, "device_code");
  const timedOut = (await stepsUpTo(client, "failed")).at(-1)!;
  assert.equal(timedOut.error.code, "login_timed_out");
});

Deno.test("add_account of the daemon goes on when the client that began it leaves", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  const { result } = await daemon.call("add_account", {
    service: "acme",
    account: "work",
    flow: "device",
  });
  await approveDevice(result.verification_uri_complete);
  await eventually(async () => (await daemon.call("get_token", ["acme", "work"])).result);
});

Deno.test("add_account of the daemon waits for a login of a command, and says so", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  const login = home.start([
    ...["login", "acme", "work", "--flow", "browser", "--no-browser", "--json"],
  ]);
  const address = await shownUrl(login);
  using client = await daemon.connect();
  const { result } = await client.call("add_account", ["acme", "work"]);
  assert.equal(result.state, "waiting");
  assert.match(result.message, /^Another login to 'acme\/work' is under way/);
  await browse(address);
  assertDone(await login.result);
  const last = (await stepsUpTo(client, "authorized")).at(-1)!;
  assert.equal(last.already, true);
});

Deno.test("add_account and remove_account of the daemon store and remove an API key", async () => {
  await using home = await makeHome(undefined);
  await Deno.writeTextFile(join(home.dir, "config.toml"), "");
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  const account = { service: "openai", account: "work" };
  const add = (api_key: string, more = {}) =>
    client.call("add_account", { ...account, api_key, ...more });
  assert.equal((await add("key-number-one")).result.state, "authorized");
  const { result } = await client.call("get_token", account);
  assert.deepEqual([result.token, result.expires_at], ["key-number-one", null]);
  const twice = await add("key-number-two");
  assert.deepEqual([twice.error.code, twice.error.data.code], [-32003, "account_exists"]);
  assert.ok((await add("key-number-two", { force: true })).result);
  assert.equal((await home.run(["token", "openai", "work"])).stdout, "key-number-two\n");
  const reference = { reference: "auth://openai/work/api_key" };
  assert.deepEqual((await client.call("resolve", reference)).result, { value: "key-number-two" });

  assert.equal((await client.call("remove_account", account)).result.removed, true);
  assert.equal((await client.call("get_token", account)).error.data.code, "not_logged_in");
  const gone = await client.call("remove_account", account);
  assert.deepEqual([gone.error.code, gone.error.data.code], [-32003, "account_unknown"]);
});

Deno.test("remove_account of the daemon revokes the session", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  const { result } = await client.call("add_account", {
    service: "acme",
    account: "work",
    flow: "browser",
  });
  await browse(result.authorization_url);
  await stepsUpTo(client, "authorized");
  const removed = (await client.call("remove_account", ["acme", "work"])).result;
  assert.deepEqual([removed.removed, removed.revoked], [true, true]);
  assert.equal(provider.count({ path: "revocation" }), 2);
});

Deno.test("resolve of the daemon takes auth:// references and runs no program", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  await using daemon = await startDaemon(home);
  for (const reference of ["ref+vault://x", "vals:ref+x", "auth://acme", "auth://acme/work/pin"]) {
    const { error } = await daemon.call("resolve", [reference]);
    assert.deepEqual([error.code, error.data.code], [-32602, "reference_invalid"], reference);
  }
  const { error } = await daemon.call("resolve", ["auth://acme/work/token"]);
  assert.deepEqual([error.code, error.data.code], [-32004, "not_logged_in"]);
});

Deno.test("vantage daemon keeps sessions of the store 'memory' as long as it runs", async () => {
  await using provider = await startProvider();
  const { clientId, clientSecret } = provider.machine;
  await using home = await makeHome(undefined);
  await Deno.writeTextFile(
    join(home.dir, "config.toml"),
    `[providers.ci]\nissuer = "${provider.issuer}"\nclient_id = "${clientId}"\n` +
      `flow = "client-credentials"\nstore = "memory"\nsecondary_store = "file"\n`,
  );
  const stored = await home.run(["provider", "set", "ci", "client_secret", "-"], {
    stdin: `${clientSecret}\n`,
  });
  assertDone(stored);
  await using daemon = await startDaemon(home);
  const job = ["ci", "job"];
  const { result } = await daemon.call("get_token", job);
  assert.ok(provider.secrets().includes(result.access_token));
  // Settings that change elsewhere do not end it.
  const path = join(home.dir, "config.toml");
  await Deno.writeTextFile(
    path,
    await Deno.readTextFile(path) + "\n[profiles.x]\nissuer = 'https://x.example.com'\n",
  );
  assert.equal((await daemon.call("get_token", job)).result.access_token, result.access_token);
  assert.equal(provider.count({ path: "token" }), 1);
});

Deno.test("vantage daemon never sends a secret of the environment for an account", async () => {
  await using provider = await startProvider();
  await using home = await homeWithService(provider);
  const env = {
    VANTAGE_TOKEN: "token-of-one-command",
    VANTAGE_CLIENT_SECRET: "secret-of-one-command",
    VANTAGE_CLIENT_ID: "client-of-one-command",
  };
  await using daemon = await startDaemon(home, { env });
  const { error } = await daemon.call("get_token", ["vantage", "default"]);
  assert.equal(error.data.code, "not_logged_in");
  await daemon.call("add_account", { service: "acme", account: "work", flow: "device" });
  assert.ok(!JSON.stringify(provider.requests).includes("of-one-command"));
});
