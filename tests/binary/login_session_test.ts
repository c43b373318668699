import assert from "node:assert/strict";
import { assertDone, assertFailed, files, jsonLines, logInByBrowser } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";

Deno.test("vantage login keeps the session when there is one", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const before = await home.readRecord();
  provider.requests.length = 0;
  const result = await home.run(["login"]);
  assertDone(result);
  assert.match(
    result.stdout,
    /^Already logged in to profile 'test' \(--force logs in again\)\nas +ada/,
  );
  assert.equal(JSON.parse((await home.run(["login", "--json"])).stdout).already_logged_in, true);
  assert.equal(provider.requests.length, 0);
  assert.deepEqual(await home.readRecord(), before);
});

Deno.test("vantage login refreshes the session when that is due", async () => {
  await using provider = await startProvider({ accessTokenTtl: 60 });
  await using home = await makeHome(provider, { refresh_threshold: "5m" });
  assertDone((await logInByBrowser(home)).result);
  const result = await home.run(["login"]);
  assert.match(result.stdout, /^Already logged in/);
  assert.equal(provider.count({ grantType: "refresh_token" }), 1);
});

Deno.test("vantage login logs in again when run with --force", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const { result } = await logInByBrowser(home, { args: ["--force"], person: { user: "grace" } });
  assertDone(result);
  assert.equal(JSON.parse(result.stdout).email, "grace@example.com");
  assert.equal(JSON.parse((await home.run(["whoami", "--json"])).stdout).subject, "grace");
});

Deno.test("vantage login leaves the session as it is when --force ends in a denial", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const before = await home.readRecord();
  const { result } = await logInByBrowser(home, { args: ["--force"], person: { deny: true } });
  assertFailed(result, 4, "login_denied");
  assert.deepEqual(await home.readRecord(), before);
  assertDone(await home.run(["token"]));
});

Deno.test("vantage login logs in with the scopes of --scope when the session has others", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const args = ["--scope", "openid", "--scope", "offline_access,clusters:read"];
  const { result, url } = await logInByBrowser(home, { args });
  assertDone(result);
  assert.equal(new URL(url).searchParams.get("scope"), "openid offline_access clusters:read");
  // Chosen for this session: the settings need not say the same.
  assertDone(await home.run(["token"]));
  assert.match((await home.run(["login", ...args])).stdout, /^Already/);
  assert.match((await home.run(["login"])).stdout, /^Already/);
  // Chosen once does not mean for ever.
  const others = await logInByBrowser(home, { args: ["--scope", "openid"] });
  assert.equal(new URL(others.url).searchParams.get("scope"), "openid");
  assertDone(others.result);
});

Deno.test("vantage login logs in again when the provider has ended the session", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  provider.endSessions();
  assertFailed(await home.run(["refresh", "--json"]), 4, "session_ended");
  assertDone((await logInByBrowser(home)).result);
  assertDone(await home.run(["token"]));
});

Deno.test("vantage login logs in again when the provider refuses the client's refresh", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const record = await home.readRecord();
  const expired = { ...record.session, expires_at: record.session?.obtained_at };
  await Deno.writeTextFile(home.tokenFile, JSON.stringify({ ...record, session: expired }));
  const body = { error: "unauthorized_client" };
  provider.fault({ grantType: "refresh_token" }, { kind: "status", status: 400, body });
  const { result } = await logInByBrowser(home);
  assertDone(result);
  assert.match(
    result.stderr,
    /(warning: |"event":"warning".*)The token endpoint.*unauthorized_client/,
  );
  assert.equal(JSON.parse(result.stdout).already_logged_in, false);
});

const CHANGES: [key: string, change: Record<string, unknown>][] = [
  ["client_id", { client_id: "another" }],
  ["scopes", { scopes: ["openid", "offline_access"] }],
  ["audience", { audience: "https://api.example.com" }],
  ["dpop", { dpop: true }],
];
for (const [key, change] of CHANGES) {
  Deno.test(`vantage token ends with session_changed when the settings have another ${key}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    assertDone((await logInByBrowser(home)).result);
    const settings = { issuer: provider.issuer, client_id: provider.clientId, ...change };
    await home.writeConfig(settings);
    provider.requests.length = 0;
    const { message, hint } = assertFailed(
      await home.run(["token", "--json"]),
      4,
      "session_changed",
    );
    assert.match(message, new RegExp(`another '${key}'`));
    assert.match(hint, /vantage login -p test/);
    assertFailed(await home.run(["refresh", "--json"]), 4, "session_changed");
    assert.equal(provider.requests.length, 0);
  });
}

Deno.test("vantage sends nothing of the old session when the settings have another issuer", async () => {
  await using provider = await startProvider();
  await using other = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const { session: old } = await home.readRecord();
  provider.requests.length = 0;
  await home.writeConfig({ issuer: other.issuer, client_id: other.clientId });
  for (const command of [["token"], ["refresh"], ["whoami"], ["token", "--refresh"]]) {
    assertFailed(await home.run([...command, "--json"]), 4, "session_changed");
  }
  assert.deepEqual([provider.requests.length, other.requests.length], [0, 0]);
  assertDone((await logInByBrowser(home)).result);
  assert.equal(other.count({ grantType: "refresh_token" }), 0);
  for (const { body, headers } of other.requests) {
    const seen = body + JSON.stringify([...headers]);
    for (const name of ["refresh_token", "access_token", "id_token"]) {
      assert.ok(!seen.includes(String(old?.[name])), name);
    }
  }
  assert.equal((await home.readRecord()).session?.issuer, other.issuer);
});

Deno.test("vantage login mends the record when its file is damaged", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const half = (await Deno.readTextFile(home.tokenFile)).slice(0, 100);
  await Deno.writeTextFile(home.tokenFile, half);
  assertFailed(await home.run(["token", "--json"]), 6, "store_corrupt");
  const { result } = await logInByBrowser(home);
  assertDone(result);
  assert.match(result.stderr, /(warning: |"event":"warning".*)Cannot use .*test.json/);
  assertDone(await home.run(["token"]));
  const damaged = (await files(home)).find((path) => path.includes(".damaged-"));
  assert.equal(await Deno.readTextFile(`${home.dir}/${damaged}`), half);
});

Deno.test("vantage login mends the record when its file is readable by others", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  await Deno.chmod(home.tokenFile, 0o644);
  assertFailed(await home.run(["token", "--json"]), 6, "store_insecure");
  assertDone((await logInByBrowser(home)).result);
  assert.equal(((await Deno.lstat(home.tokenFile)).mode ?? 0) & 0o777, 0o600);
  assertDone(await home.run(["token"]));
});

Deno.test("vantage login mends the record when its file is a symbolic link", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const elsewhere = `${home.dir}/elsewhere.json`;
  await Deno.rename(home.tokenFile, elsewhere);
  await Deno.symlink(elsewhere, home.tokenFile);
  const before = await Deno.readTextFile(elsewhere);
  assertFailed(await home.run(["token", "--json"]), 6, "store_insecure");
  assertDone((await logInByBrowser(home)).result);
  assert.equal((await Deno.lstat(home.tokenFile)).isSymlink, false);
  assert.equal(await Deno.readTextFile(elsewhere), before);
  assertDone(await home.run(["token"]));
});

const UNUSABLE: [what: string, spoil: (home: Home) => Promise<void>][] = [
  ["a file is where a directory has to be", ({ dir }) => Deno.writeTextFile(`${dir}/tokens`, "x")],
  [
    "nothing can be written beside the token file",
    ({ dir }) => Deno.mkdir(`${dir}/tokens/vantage/.test.json.tmp/x`, { recursive: true }),
  ],
];
for (const [what, spoil] of UNUSABLE) {
  Deno.test(`vantage login asks nobody when the session could not be stored: ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await spoil(home);
    const result = await home.run(["login", "--flow", "device", "--timeout", "5s", "--json"]);
    assertFailed(result, 6, "store_unusable");
    assert.equal(provider.requests.length, 0);
    assert.deepEqual(jsonLines(result).length, 1);
  });
}
