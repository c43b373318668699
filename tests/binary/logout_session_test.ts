import assert from "node:assert/strict";
import type { Clock } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { fakeSystem } from "../support/fake_system.ts";
import { assertDone } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import type { Provider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const REVOCATION = { path: "revocation" };

/** What `logout --json` says of its only profile. */
async function loggedOut(home: Home, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await home.run(["logout", "--json", ...args]);
  assertDone(result);
  const { accounts } = JSON.parse(result.stdout);
  assert.equal(accounts.length, 1);
  return accounts[0];
}

async function assertRemoved(home: Home): Promise<void> {
  await assert.rejects(Deno.stat(home.tokenFile));
  assert.equal((await home.run(["token", "--check"])).status, 4);
}

/** Whether the provider still takes a refresh token. */
async function isAlive(provider: Provider, refreshToken: string | undefined): Promise<boolean> {
  const response = await fetch(`${provider.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      client_id: provider.clientId,
      refresh_token: refreshToken ?? "",
    }),
  });
  const { error } = await response.json();
  assert.ok(response.ok || error === "invalid_grant", error);
  return response.ok;
}

Deno.test("vantage logout revokes both tokens at the provider, and removes the session here", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { stdout } = await home.run(["logout"]);
  assert.equal(stdout, "Logged out of profile 'test'\n");
  assert.deepEqual(
    provider.requests.filter(({ endpoint }) => endpoint === "revocation")
      .map(({ form }) => [form.token_type_hint, form.token]),
    [
      ["refresh_token", home.session.refreshToken?.expose()],
      ["access_token", home.session.accessToken.expose()],
    ],
  );
  await assertRemoved(home);
  assert.ok(!await isAlive(provider, home.session.refreshToken?.expose()));
});

Deno.test("vantage logout --keep-remote removes the session here only", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  assert.equal((await loggedOut(home, "--keep-remote")).revoked, null);
  assert.equal(provider.requests.length, 0);
  await assertRemoved(home);
  assert.ok(await isAlive(provider, home.session.refreshToken?.expose()));
});

Deno.test("vantage logout twice says that there is nothing to do the second time", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  assertDone(await home.run(["logout"]));
  const requests = provider.requests.length;
  const { status, stdout } = await home.run(["logout"]);
  assert.deepEqual([status, stdout], [0, "Profile 'test' was not logged in\n"]);
  assert.equal(provider.requests.length, requests);
});

const without = (name: string) => ({ [name]: _gone, ...rest }: Record<string, unknown>) => rest;

const OBSTACLES: [name: string, prepare: (provider: Provider) => unknown, reason: RegExp][] = [
  ["the provider is away", (provider) => provider.down(), /^Cannot reach /],
  [
    "the provider has no revocation endpoint",
    (provider) =>
      provider.fault({ path: "discovery" }, {
        kind: "rewrite",
        json: without("revocation_endpoint"),
      }),
    /has no revocation_endpoint$/,
  ],
  [
    "the provider fails",
    (provider) => provider.fault(REVOCATION, { kind: "status", status: 503 }),
    /503/,
  ],
];
for (const [name, prepare, reason] of OBSTACLES) {
  Deno.test(`vantage logout says what it could not revoke, and removes it here, when ${name}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using same = await homeWithSession(provider, "fresh");
    prepare(provider);
    const { revoked, was_logged_in, not_revoked_because } = await loggedOut(home);
    assert.deepEqual([revoked, was_logged_in], [false, true]);
    assert.match(String(not_revoked_because), reason);
    await assertRemoved(home);
    const { stdout } = await same.run(["logout"]);
    assert.match(stdout, /^Logged out of profile 'test'\nnot revoked at the provider: \S/);
  });
}

Deno.test("vantage logout sends nothing of a session to another issuer", async () => {
  await using provider = await startProvider();
  await using other = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await home.writeConfig({ issuer: other.issuer, client_id: other.clientId });
  const { revoked, not_revoked_because } = await loggedOut(home);
  assert.equal(revoked, false);
  assert.match(String(not_revoked_because), /of another issuer/);
  assert.equal(other.count(REVOCATION), 0);
  await assertRemoved(home);
});

Deno.test("vantage logout removes a record that it cannot read", async (t) => {
  await using provider = await startProvider();
  const damages: [name: string, damage: (home: Home) => Promise<void>][] = [
    ["no JSON", (home) => Deno.writeTextFile(home.tokenFile, "{")],
    ["readable by others", (home) => Deno.chmod(home.tokenFile, 0o644)],
  ];
  for (const [name, damage] of damages) {
    await t.step(name, async () => {
      await using home = await homeWithSession(provider, "fresh");
      await damage(home);
      assert.equal((await loggedOut(home)).was_logged_in, false);
      await assertRemoved(home);
    });
  }
});

Deno.test("vantage logout keeps the client secret, which is not of the session", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const stdin = `${provider.machine.clientSecret}\n`;
  assertDone(await home.run(["profile", "set", "client_secret", "-"], { stdin }));
  assertDone(await home.run(["logout", "--keep-remote"]));
  const { session, client_secret } = await home.readRecord();
  assert.deepEqual([session, client_secret], [undefined, provider.machine.clientSecret]);
});

Deno.test("vantage logout --all logs out of every profile that is logged in", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { issuer, clientId } = provider;
  const settings = `issuer = "${issuer}"\nclient_id = "${clientId}"\n`;
  const tables = ["test", "second", "third"].map((name) => `[profiles.${name}]\n${settings}`);
  await Deno.writeTextFile(`${home.dir}/config.toml`, tables.join("\n"));
  const record = await home.readRecord();
  const second = home.tokenFile.replace("test.json", "second.json");
  await Deno.writeTextFile(second, JSON.stringify({ ...record, account: "second" }), {
    mode: 0o600,
  });

  const result = await home.run(["logout", "--all", "--json"]);
  assertDone(result);
  const { accounts } = JSON.parse(result.stdout);
  assert.deepEqual(
    accounts.map(({ profile, revoked }: Record<string, unknown>) => [profile, revoked]),
    [["test", true], ["second", true]],
  );
  assert.equal(provider.count(REVOCATION), 4);
  await assertRemoved(home);
  await assert.rejects(Deno.stat(second));
  assert.equal((await home.run(["logout", "--all"])).stdout, "No account was logged in\n");
});

Deno.test("vantage logout waits for a refresh and revokes what that has brought", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "due");
  const gate = provider.gate(REFRESH, "after");
  const token = home.start(["token"]);
  await gate.arrived;
  const waiting = Promise.withResolvers<void>();
  const { clock } = denoSystem();
  const watched: Clock = {
    now: clock.now,
    sleep(ms, signal) {
      if (ms < 100) waiting.resolve(); // the pause between two tries for the lock
      return clock.sleep(ms, signal);
    },
  };
  const env = { VANTAGE_HOME: home.dir };
  const logout = fakeSystem({ args: ["logout"], env, clock: watched }).run();
  await Promise.race([waiting.promise, logout]);
  gate.release();
  assertDone(await token.result);
  assertDone(await logout);
  await assertRemoved(home);
  const [revoked] = provider.requests.filter(({ endpoint }) => endpoint === "revocation")
    .map(({ form }) => form.token);
  assert.notEqual(revoked, home.session.refreshToken?.expose());
  assert.ok(!await isAlive(provider, revoked));
});

Deno.test("vantage logout keeps the session when it is interrupted before the provider has answered", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const gate = provider.gate(REVOCATION, "before");
  const logout = home.start(["logout"]);
  await gate.arrived;
  logout.kill("SIGINT");
  assert.equal((await logout.result).status, 130);
  gate.release("close");
  assert.ok((await home.readRecord()).session);
});

Deno.test("vantage profile delete revokes the session of the profile", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  assertDone(await home.run(["profile", "delete", "test", "--yes"]));
  assert.equal(provider.count(REVOCATION), 2);
  await assert.rejects(Deno.stat(home.tokenFile));
});

Deno.test("vantage logout needs no token directory to say that nobody is logged in", async () => {
  await using home = await makeHome(undefined, {
    issuer: "https://id.example.com",
    client_id: "x",
  });
  await Deno.chmod(home.dir, 0o500);
  const { status, stdout } = await home.run(["logout"]);
  await Deno.chmod(home.dir, 0o700);
  assert.deepEqual([status, stdout], [0, "Profile 'test' was not logged in\n"]);
});
