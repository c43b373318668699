import assert from "node:assert/strict";
import { addConfig, addKey, ask, recordOf } from "../helpers/ask.ts";
import { startProvider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";
import { makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

const HUB = "https://index.docker.io/v1/";
const TABLES = `[credential_helper.docker]
"registry.example.com" = "reg/me"
"registry.example.com/acme" = "reg/acme"
"docker.io" = "hub/me"
"127.0.0.1:5000" = "reg/me"
`;

const docker = (home: Home, operation: string, input = "", args: string[] = []) =>
  ask(home, ["credential-helper", "docker", ...args, operation], input);
const storing = (ServerURL: string, Username: string, Secret: string) =>
  JSON.stringify({ ServerURL, Username, Secret });

async function homeWith(...keys: (readonly [service: string, account: string])[]): Promise<Home> {
  const home = await makeHome(undefined, { issuer: "https://id.example.com", client_id: "x" });
  await addConfig(home, TABLES);
  for (const [service, account] of keys) {
    await addKey(home, service, account, `key-of-${service}-${account}`);
  }
  return home;
}

function credentialOf({ status, stdout, stderr }: Result) {
  assert.deepEqual([status, stderr], [0, ""]);
  return JSON.parse(stdout);
}

function assertNotFound({ status, stdout }: Result): void {
  assert.deepEqual([status, stdout], [1, "credentials not found in native keychain\n"]);
}

Deno.test("vantage credential-helper docker get answers for the server as it was asked for", async () => {
  await using home = await homeWith(["reg", "me"], ["reg", "acme"]);
  for (
    const [server, account] of [
      ["registry.example.com", "me"],
      ["https://registry.example.com/v2/", "me"],
      ["https://REGISTRY.example.com:443", "me"],
      ["registry.example.com/acme/app", "acme"],
      ["http://127.0.0.1:5000", "me"],
    ] as const
  ) {
    assert.deepEqual(credentialOf(await docker(home, "get", `${server}\n`)), {
      ServerURL: server,
      Username: "oauth2",
      Secret: `key-of-reg-${account}`,
    });
  }
});

Deno.test("vantage credential-helper docker get finds nothing in Docker's words when no account is for the server", async () => {
  await using home = await homeWith(["reg", "me"], ["other", "me"]);
  for (
    const server of [
      "other.example.com",
      "registry.example.com:5000",
      "registry.example.com.evil.example",
      "evil.example/registry.example.com",
    ]
  ) assertNotFound(await docker(home, "get", server));
  assertNotFound(await docker(home, "get", "evil.example", ["reg", "me"]));
  const given = await docker(home, "get", "r.example", ["--host", "r.example", "reg", "me"]);
  assert.equal(credentialOf(given).Secret, "key-of-reg-me");

  const plain = await docker(home, "get", "http://registry.example.com");
  assertNotFound(plain);
  assert.match(plain.stderr, /it would travel unencrypted/);
});

Deno.test("vantage credential-helper docker tells an error on stdout too, where Docker looks for it", async () => {
  await using home = await homeWith();
  const { status, stdout, stderr } = await docker(home, "get", "registry.example.com");
  assert.equal(status, 4);
  assert.equal(stdout, "Not logged in to 'reg/me' (Run `vantage login reg me`)\n");
  assert.match(stderr, /^error: Not logged in to 'reg\/me'$/m);
  for (const operation of ["get", "erase", "store"]) {
    const failed = await docker(home, operation, "\n");
    assert.equal(failed.status, 2);
    assert.match(failed.stdout, /^Cannot read Docker's request: no /);
  }
  assert.equal((await docker(home, "forget", "x")).status, 2);
});

Deno.test("vantage credential-helper docker list names what there is a credential for", async () => {
  await using home = await homeWith(["reg", "me"]);
  const expected = { "registry.example.com": "oauth2", "127.0.0.1:5000": "oauth2" };
  assert.deepEqual(credentialOf(await docker(home, "list")), expected);
  const { stdout } = await ask(home, ["--json", "credential-helper", "docker", "list"], "");
  assert.deepEqual(JSON.parse(stdout), expected);
});

Deno.test("vantage credential-helper docker store, get, list and erase keep a password as docker login has it", async () => {
  await using home = await homeWith();
  const done = { status: 0, stdout: "", stderr: "" };
  for (const secret of ["first-password", "second-password"]) {
    assert.deepEqual(await docker(home, "store", storing(HUB, "ada", secret)), done);
    assert.deepEqual(credentialOf(await docker(home, "get", "docker.io")), {
      ServerURL: "docker.io",
      Username: "ada",
      Secret: secret,
    });
  }
  assert.deepEqual(credentialOf(await docker(home, "list")), { [HUB]: "ada" });
  assert.equal((await ask(home, ["token", "hub", "me"], "")).stdout, "second-password\n");
  assert.deepEqual(await docker(home, "erase", HUB), done);
  assert.equal((await docker(home, "get", HUB)).status, 4);
  assert.deepEqual(await docker(home, "erase", HUB), done);
});

Deno.test("vantage credential-helper docker store keeps an identity token as Docker marks one", async () => {
  await using home = await homeWith();
  await docker(home, "store", storing(HUB, "<token>", "identity-token"));
  assert.equal(credentialOf(await docker(home, "get", HUB)).Username, "<token>");
});

Deno.test("vantage credential-helper docker store and erase leave a key alone that docker login did not bring", async () => {
  await using home = await homeWith(["reg", "me"]);
  const before = await recordOf(home, "reg", "me");
  const server = "registry.example.com";
  const { status, stdout } = await docker(home, "store", storing(server, "ada", "password-1"));
  assert.equal(status, 3);
  assert.match(stdout, /^Cannot keep a password for account 'reg\/me': it has an API key/);
  const same = await docker(home, "store", storing(server, "oauth2", "key-of-reg-me"));
  assert.equal(same.status, 0);
  const erased = await docker(home, "erase", server);
  assert.equal(erased.status, 0);
  assert.match(erased.stderr, /account 'reg\/me' stays as it is/);
  assert.deepEqual(await recordOf(home, "reg", "me"), before);
});

Deno.test("vantage credential-helper docker store says where to name an account when there is none", async () => {
  await using home = await homeWith();
  const { status, stdout } = await docker(home, "store", storing("x.example:5000", "a", "pass-1"));
  assert.equal(status, 3);
  assert.match(
    stdout,
    /"x\.example:5000" = "SERVICE\/ACCOUNT" below \[credential_helper\.docker\]/,
  );
  assert.ok(!stdout.includes("pass-1"));
});

Deno.test("vantage credential-helper docker gives a session's token and never loses the session", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await addConfig(home, `[credential_helper.docker]\n"ghcr.io" = "vantage/test"\n`);
  const token = home.session.accessToken.expose();
  const before = await home.readRecord();
  const given = credentialOf(await docker(home, "get", "ghcr.io"));
  assert.deepEqual(given, { ServerURL: "ghcr.io", Username: "oauth2", Secret: token });
  assert.equal((await docker(home, "store", storing("ghcr.io", "oauth2", token))).status, 0);
  const other = await docker(home, "store", storing("ghcr.io", "ada", "a password"));
  assert.equal(other.status, 3);
  assert.match(other.stdout, /it has a session \(Docker has its token without `docker login`/);
  assert.match((await docker(home, "erase", "ghcr.io")).stderr, /stays as it is/);
  assert.deepEqual(await home.readRecord(), before);
});
