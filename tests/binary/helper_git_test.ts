import assert from "node:assert/strict";
import { gitClient, mapHosts } from "../helpers/git_client.ts";
import { startGitServer } from "../helpers/git_server.ts";
import { assertDone } from "../support/login.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

/** Whether the provider's API takes the token. */
async function lives(provider: Provider, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${provider.apiUrl}/me`, { headers });
  await response.body?.cancel();
  return response.ok;
}

/** Makes the saved access token expire, as time would. */
async function expire(home: Home): Promise<void> {
  const record = await home.readRecord();
  Object.assign(record.session ?? {}, { expires_at: new Date(Date.now() - 60_000).toISOString() });
  await Deno.writeTextFile(home.tokenFile, JSON.stringify(record));
}

async function keyOf(home: Home, service: string, account: string): Promise<string> {
  const { stdout } = await home.run(["token", service, account], { quiet: true });
  return stdout.trim();
}

for (const byName of [false, true]) {
  const how = byName ? "as git-credential-vantage" : "by its command";
  Deno.test(`vantage credential-helper git lets git clone and push ${how}, with a token renewed in between`, async () => {
    await using provider = await startProvider();
    await using server = await startGitServer(({ password }) => lives(provider, password));
    await using home = await homeWithSession(provider, "fresh");
    await mapHosts(home, { [server.host]: "vantage/test" });
    await using client = await gitClient(home, { provider, byName });
    const url = await server.create("acme/app.git");
    assertDone(await client.git(["clone", "--quiet", url, "app"]));
    const { username, password } = server.logins.at(-1) ?? {};
    assert.deepEqual([username, password], ["oauth2", home.session.accessToken.expose()]);

    await expire(home);
    assertDone(await client.git(["-C", "app", "commit", "--quiet", "--allow-empty", "-m", "One"]));
    assertDone(await client.git(["-C", "app", "push", "--quiet", "origin", "HEAD:main"]));
    assert.equal(provider.count(REFRESH), 1);
    const { session } = await home.readRecord();
    assert.equal(server.logins.at(-1)?.password, session?.access_token);
    assert.notEqual(session?.access_token, password);

    const heads = await client.git(["ls-remote", url, "main"]);
    assert.match(heads.stdout, /^[0-9a-f]{40}\trefs\/heads\/main\n$/);
    assert.equal(provider.count(REFRESH), 1);
  });
}

Deno.test("vantage credential-helper git renews a token that the server refused, and keeps the session", async () => {
  await using provider = await startProvider();
  await using server = await startGitServer(({ password }) => lives(provider, password));
  await using home = await homeWithSession(provider, "fresh");
  await mapHosts(home, { [server.host]: "vantage/test" });
  await using client = await gitClient(home, { provider });
  const url = await server.create("app.git");
  provider.refuseAccessTokens();
  const refused = await client.git(["ls-remote", url]);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /Authentication failed/);
  assert.equal(provider.count(REFRESH), 0);
  assert.equal(
    (await home.readRecord()).session?.refresh_token,
    home.session.refreshToken?.expose(),
  );

  for (const _ of [1, 2]) assertDone(await client.git(["ls-remote", url]));
  assert.equal(provider.count(REFRESH), 1);
});

Deno.test("vantage credential-helper git gives a server that nobody named nothing", async () => {
  await using provider = await startProvider();
  await using known = await startGitServer(() => true);
  await using evil = await startGitServer(() => true);
  await using home = await homeWithSession(provider, "fresh");
  await mapHosts(home, { [known.host]: "vantage/test" });
  const url = await evil.create("app.git");
  for (const args of [[], ["vantage", "test"]]) {
    await using client = await gitClient(home, { provider, args });
    assert.notEqual((await client.git(["ls-remote", url])).status, 0);
    assert.notEqual(
      (await client.git(["ls-remote", url.replace("127.0.0.1", "localhost")])).status,
      0,
    );
  }
  assert.deepEqual(evil.logins, []);
});

Deno.test("vantage credential-helper git chooses the account by the longest path that fits", async () => {
  await using home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, "");
  const keys = { work: `work-${crypto.randomUUID()}`, home: `home-${crypto.randomUUID()}` };
  await using server = await startGitServer(({ password, path }) =>
    password === (/^\/acme(\/|$)/.test(path) ? keys.work : keys.home)
  );
  for (const [name, stdin] of Object.entries(keys)) {
    assertDone(await home.run(["account", "add", "forge", name, "--api-key", "-"], { stdin }));
  }
  await mapHosts(home, { [server.host]: "forge/home", [`${server.host}/acme`]: "forge/work" });
  const secrets = Object.values(keys);
  const config = "[credential]\n\tuseHttpPath = true\n";
  await using client = await gitClient(home, { secrets, config });
  for (const path of ["acme/app.git", "acmeco/app.git", "ada/app.git"]) {
    const url = await server.create(path);
    assertDone(await client.git(["ls-remote", url]));
  }
  assert.deepEqual(
    new Set(server.logins.map(({ path, password }) => `${path.split("/")[1]} ${password}`)),
    new Set([`acme ${keys.work}`, `acmeco ${keys.home}`, `ada ${keys.home}`]),
  );
});

Deno.test("vantage credential-helper git keeps a password that a person typed for an account without credentials", async () => {
  await using home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, "");
  const secret = `typed-${crypto.randomUUID()}`;
  await using server = await startGitServer(({ username, password }) =>
    username === "ada" && password === secret
  );
  await mapHosts(home, { [server.host]: "forge/work" });
  await using client = await gitClient(home, { secrets: [secret] });
  const url = await server.create("app.git");
  const askpass = `${client.dir}/askpass`;
  await Deno.writeTextFile(
    askpass,
    `#!/bin/sh\ncase "$1" in Username*) echo ada;; *) echo '${secret}';; esac\n`,
    { mode: 0o755 },
  );
  const first = await client.git(["ls-remote", url], { GIT_ASKPASS: askpass });
  assertDone(first);
  assert.match(first.stderr, /vantage login forge work|Not logged in/);
  assertDone(await client.git(["ls-remote", url]));
  assert.equal(await keyOf(home, "forge", "work"), secret);
});
