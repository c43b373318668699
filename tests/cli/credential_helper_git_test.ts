import assert from "node:assert/strict";
import { addConfig, addKey, ask, recordOf } from "../helpers/ask.ts";
import { startProvider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";
import { makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const GIT = ["credential-helper", "git"];
const HOST = "git.example.com";

/** A request as git writes it. */
const request = (attributes: Record<string, string>) =>
  Object.entries({ protocol: "https", host: HOST, ...attributes })
    .map(([key, value]) => `${key}=${value}\n`).join("") + "\n";

const get = (home: Home, attributes: Record<string, string> = {}, args: string[] = []) =>
  ask(home, [...GIT, ...args, "get"], request(attributes));

/** The password that was answered; fails when there is none. */
function passwordOf({ status, stdout, stderr }: Result): string {
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout.match(/^password=(.*)$/m)?.[1] ?? assert.fail(`No password: ${stdout}`);
}

/** Checks that git is let go on to its next helper, and returns what was said of it. */
function assertNothing({ status, stdout, stderr }: Result): string {
  assert.deepEqual([status, stdout], [0, ""], stderr);
  return stderr;
}

async function homeWithKeys(tables: string, ...names: string[]): Promise<Home> {
  const home = await makeHome(undefined, { issuer: "https://id.example.com", client_id: "x" });
  await addConfig(home, tables);
  for (const name of names) {
    const [service = "", account = ""] = name.split("/");
    await addKey(home, service, account, `key-of-${service}-${account}`);
  }
  return home;
}

Deno.test("vantage credential-helper git get takes the account of the longest matching entry", async () => {
  await using home = await homeWithKeys(
    `[credential_helper.git]\n"${HOST}" = "forge/me"\n"${HOST}/acme" = "forge/acme"\n`,
    "forge/me",
    "forge/acme",
  );
  assert.equal(passwordOf(await get(home)), "key-of-forge-me");
  assert.equal(passwordOf(await get(home, { path: "acme/x.git" })), "key-of-forge-acme");
  assert.equal(passwordOf(await get(home, { path: "acme-evil/x.git" })), "key-of-forge-me");
  assert.equal(passwordOf(await get(home, { path: "acme/../x" })), "key-of-forge-me");
  assert.equal(passwordOf(await get(home, { host: "GIT.example.com:443" })), "key-of-forge-me");
  for (const host of [`${HOST}:8443`, `evil.${HOST}`, `${HOST}.evil.example`, "example.com"]) {
    assert.equal(assertNothing(await get(home, { host })), "");
  }
});

Deno.test("vantage credential-helper git get takes the only account of the host's provider", async () => {
  const tables = `[providers.forge]\ngit_hosts = ["${HOST}"]\ngit_username = "token"\n`;
  await using home = await homeWithKeys(tables, "forge/me", "other/me");
  const result = await get(home);
  assert.equal(passwordOf(result), "key-of-forge-me");
  assert.equal(result.stdout, "username=token\npassword=key-of-forge-me\n");
  assert.equal(assertNothing(await get(home, { host: "other.example" })), "");
});

Deno.test("vantage credential-helper git get asks which when several accounts fit, and takes the one named", async () => {
  const tables = `[providers.forge]\ngit_hosts = ["${HOST}"]\n`;
  await using home = await homeWithKeys(tables, "forge/me", "forge/work");
  const note = assertNothing(await get(home));
  assert.match(note, /several accounts for git\.example\.com \(forge\/me, forge\/work\)/);
  assert.match(note, /git config credential\.https:\/\/git\.example\.com\.username me/);
  assert.match(assertNothing(await get(home, { username: "nobody" })), /several accounts/);
  assert.equal(passwordOf(await get(home, { username: "work" })), "key-of-forge-work");
  assert.equal(passwordOf(await get(home, {}, ["forge", "work"])), "key-of-forge-work");
});

Deno.test("vantage credential-helper git get gives a named account's token to its own hosts only", async () => {
  const tables = `[providers.forge]\ngit_hosts = ["${HOST}"]\n` +
    `[credential_helper.git]\n"code.example.com/acme" = "forge/me"\n`;
  await using home = await homeWithKeys(tables, "forge/me");
  const named = (host: string, path = "", args: string[] = []) =>
    get(home, { host, path }, [...args, "forge", "me"]);
  assert.equal(passwordOf(await named(HOST)), "key-of-forge-me");
  assert.equal(passwordOf(await named("code.example.com", "acme/x")), "key-of-forge-me");
  assert.match(assertNothing(await named("code.example.com", "x")), /does not send/);
  const note = assertNothing(await named("evil.example"));
  assert.match(note, /Give --host evil\.example to the helper/);
  const hosts = ["--host", "a.example/x", "--host", "b.example:8443"];
  assert.equal(passwordOf(await named("b.example:8443", "", hosts)), "key-of-forge-me");
  assert.equal(passwordOf(await named("a.example", "x/y", hosts)), "key-of-forge-me");
  assert.match(assertNothing(await named("a.example", "y", hosts)), /does not send/);
});

Deno.test("vantage credential-helper git get sends nothing without encryption but to this machine", async () => {
  const loopback = ["127.0.0.1:8080", "localhost:3000"];
  const places = [HOST, ...loopback].map((host) => `"${host}" = "forge/me"\n`).join("");
  await using home = await homeWithKeys(`[credential_helper.git]\n${places}`, "forge/me");
  const note = assertNothing(await get(home, { protocol: "http" }));
  assert.match(note, /^warning: .* to http:\/\/git\.example\.com: it would travel unencrypted/);
  for (const host of loopback) {
    assert.equal(passwordOf(await get(home, { protocol: "http", host })), "key-of-forge-me");
  }
  for (const protocol of ["ssh", "smtp", "ftp", "HTTPS"]) {
    assert.equal(assertNothing(await get(home, { protocol })), "");
  }
});

Deno.test("vantage credential-helper git get gives nothing to a host that merely begins like ours", async () => {
  await using home = await homeWithKeys(
    `[credential_helper.git]\n"${HOST}" = "forge/me"\n`,
    "forge/me",
  );
  const others = [
    `${HOST}/.evil.example`,
    `${HOST}\\.evil.example`,
    `${HOST}?.evil.example`,
    `${HOST}#.evil.example`,
    `${HOST}@evil.example`,
    `${HOST}.evil.example`,
    `${HOST}:8443`,
    `evil.example/${HOST}`,
  ];
  for (const host of others) assert.equal(assertNothing(await get(home, { host })), "", host);
  assert.equal(passwordOf(await get(home)), "key-of-forge-me");
});

Deno.test("vantage credential-helper git ignores operations of a git to come, and refuses a broken request", async () => {
  await using home = await homeWithKeys(`[credential_helper.git]\n"${HOST}" = "forge/me"\n`);
  assert.equal(assertNothing(await ask(home, [...GIT, "renew"], request({}))), "");
  assert.equal(assertNothing(await ask(home, [...GIT, "get"], "\n")), "");
  const broken = await ask(home, [...GIT, "get"], "nonsense\n");
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /line 1 has no '='/);
  assert.equal((await ask(home, [...GIT, "forge", "get"], "")).status, 2);
  assert.equal((await ask(home, [...GIT, "a", "b", "c", "get"], "")).status, 2);
});

Deno.test("vantage credential-helper git get says how to log in and never asks a person", async () => {
  await using home = await homeWithKeys(`[credential_helper.git]\n"${HOST}" = "forge/me"\n`);
  const terminals = ["stdin", "stdout", "stderr"] as const;
  const { status, stdout, stderr } = await ask(home, [...GIT, "get"], request({}), { terminals });
  assert.deepEqual([status, stdout], [4, ""]);
  assert.match(stderr, /Not logged in to 'forge\/me'/);
  assert.match(stderr, /vantage login forge me/);
});

Deno.test("vantage credential-helper git store keeps a password for an appointed account that has nothing", async () => {
  await using home = await homeWithKeys(`[credential_helper.git]\n"${HOST}" = "forge/me"\n`);
  const store = (attributes: Record<string, string>) =>
    ask(home, [...GIT, "store"], request(attributes));
  const typed = { username: "ada", password: "typed-password" };
  for (
    const other of [
      { ...typed, host: "other.example" },
      { ...typed, protocol: "http" },
      { ...typed, password_expiry_utc: "1700000000" },
      { ...typed, oauth_refresh_token: "not-ours-to-keep" },
      { username: "ada" },
    ]
  ) assert.equal(assertNothing(await store(other)), "");
  await assert.rejects(recordOf(home, "forge", "me"), Deno.errors.NotFound);

  assert.equal(assertNothing(await store(typed)), "");
  assert.equal(assertNothing(await store({ username: "eve", password: "another-one" })), "");
  const { stdout } = await get(home);
  assert.equal(stdout, "username=ada\npassword=typed-password\n");
  assert.equal(assertNothing(await get(home, { username: "eve" })), "");
  assert.equal(passwordOf(await get(home, { username: "ada" })), "typed-password");
});

Deno.test("vantage credential-helper git store keeps nothing for an account that merely fits", async () => {
  const tables = `[providers.forge]\ngit_hosts = ["${HOST}"]\n` +
    `[providers.key]\ngit_hosts = ["key.example.com"]\n`;
  await using home = await homeWithKeys(tables, "key/me");
  const before = await recordOf(home, "key", "me");
  const attributes = { username: "ada", password: "typed-password", host: "key.example.com" };
  assertNothing(await ask(home, [...GIT, "store"], request(attributes)));
  assert.deepEqual(await recordOf(home, "key", "me"), before);
});

Deno.test("vantage credential-helper git erase keeps an API key and says so", async () => {
  await using home = await homeWithKeys(
    `[credential_helper.git]\n"${HOST}" = "forge/me"\n`,
    "forge/me",
  );
  const before = await recordOf(home, "forge", "me");
  const erase = (password: string) =>
    ask(home, [...GIT, "erase"], request({ username: "oauth2", password }));
  const note = assertNothing(await erase("key-of-forge-me"));
  assert.match(note, /git\.example\.com refuses the API key of account 'forge\/me'. It is kept/);
  assert.equal(assertNothing(await erase("another password")), "");
  assert.equal(assertNothing(await ask(home, [...GIT, "erase"], request({}))), "");
  assert.deepEqual(await recordOf(home, "forge", "me"), before);
});

const loopback = `[credential_helper.git]\n"${HOST}" = "vantage/test"\n`;

Deno.test("vantage credential-helper git get answers with the session's token and its end", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await addConfig(home, loopback);
  const { stdout } = await get(home);
  assert.deepEqual(stdout.split("\n"), [
    "username=oauth2",
    `password=${home.session.accessToken.expose()}`,
    `password_expiry_utc=${Math.floor(home.session.expiresAt / 1000)}`,
    "",
  ]);
  assert.equal(provider.requests.length, 0);
  const bearer = { "capability[]": "authtype", "wwwauth[]": "Bearer" };
  assert.match((await get(home, bearer)).stdout, /^authtype=Bearer\ncredential=/m);
});

Deno.test("vantage credential-helper git erase has the refused token renewed by the next get, once", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await addConfig(home, loopback);
  const erase = (password: string) =>
    ask(home, [...GIT, "erase"], request({ username: "oauth2", password }));
  const first = passwordOf(await get(home));
  assert.equal(assertNothing(await erase("another password")), "");
  assert.equal(passwordOf(await get(home)), first);

  assert.equal(assertNothing(await erase(first)), "");
  assert.equal((await ask(home, ["token"], "")).stdout, `${first}\n`); // others still may use it
  assert.equal(provider.requests.length, 0);
  const second = passwordOf(await get(home));
  assert.notEqual(second, first);
  assert.equal(assertNothing(await erase(first)), ""); // a straggler with the old one
  assert.equal(passwordOf(await get(home)), second);
  assert.equal(provider.count(REFRESH), 1);
});

Deno.test("vantage credential-helper git get gives no refused token where the provider is down", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await addConfig(home, loopback);
  const password = passwordOf(await get(home));
  await ask(home, [...GIT, "erase"], request({ username: "oauth2", password }));
  provider.down();
  const { status, stdout } = await get(home);
  assert.deepEqual([status, stdout], [5, ""]);
  assert.equal((await ask(home, ["token"], "")).stdout, `${password}\n`);
});
