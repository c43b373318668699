import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

/** Every file of a home with its time and content: equal means that nothing was written. */
function snapshot(home: Home): unknown[] {
  const found: unknown[] = [];
  const walk = (dir: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(dir)) {
      const path = join(dir, name);
      const { mtime, ino } = Deno.lstatSync(path);
      found.push([path, mtime?.getTime(), ino, isDirectory || Deno.readTextFileSync(path)]);
      if (isDirectory) walk(path);
    }
  };
  walk(home.dir);
  return found;
}

Deno.test("vantage token prints a valid token without network or write", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  provider.down();
  const before = snapshot(home);
  const { status, stdout, stderr } = await home.run(["token"]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${home.session.accessToken.expose()}\n`);
  assert.equal(stderr, "");
  assert.deepEqual(snapshot(home), before);
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage token prints the token in the format that is asked for", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const token = home.session.accessToken.expose();
  const expires_at = new Date(Math.floor(home.session.expiresAt / 1000) * 1000).toISOString()
    .replace(".000Z", "Z");
  const json = { access_token: token, token_type: "Bearer", expires_at };
  const printed = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run(["token", ...args]);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(await printed("--format", "raw"), `${token}\n`);
  assert.equal(await printed("--format", "header"), `Authorization: Bearer ${token}\n`);
  assert.equal(await printed("--format", "env"), `VANTAGE_TOKEN=${token}\n`);
  assert.deepEqual(JSON.parse(await printed("--format", "json")), json);
  assert.deepEqual(JSON.parse(await printed("--json")), json);
  assert.equal((await home.run(["token", "--format", "xml"])).status, 2);
});

Deno.test("vantage token renews a good token with --refresh, and with a --min-ttl it lacks", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const printed = async (...args: string[]) => (await home.run(["token", ...args])).stdout.trim();
  const first = home.session.accessToken.expose();
  assert.equal(await printed("--min-ttl", "45m"), first);
  const second = await printed("--min-ttl", "55m");
  assert.notEqual(second, first);
  assert.equal(provider.count(REFRESH), 1);
  assert.notEqual(await printed("--refresh"), second);
  assert.equal(provider.count(REFRESH), 2);

  const { stderr } = await home.run(["token", "--min-ttl", "2h"]);
  assert.match(stderr, /^warning: The provider's tokens do not live as long as was asked for$/m);
  assert.equal(provider.count(REFRESH), 3);
});

Deno.test("vantage refresh prints the new expiry and no token", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { status, stdout } = await home.run(["refresh", "--json"]);
  assert.equal(status, 0);
  const expires = Date.parse((await home.readRecord()).session?.expires_at as string);
  const shown = Date.parse(JSON.parse(stdout).expires_at);
  assert.equal(shown, Math.floor(expires / 1000) * 1000);
  assert.equal(provider.count(REFRESH), 1);
});

Deno.test("vantage token --check says by its exit status alone whether a login is needed", async () => {
  await using provider = await startProvider();
  const check = async (home: Home, env: Record<string, string> = {}) => {
    const { status, stdout, stderr } = await home.run(["token", "--check"], { env, quiet: true });
    assert.equal(stdout + stderr, "");
    return status;
  };
  await using empty = await makeHome(provider);
  assert.equal(await check(empty), 4);
  assert.equal(await check(empty, { VANTAGE_TOKEN: "ready-made-token" }), 0);
  for (const life of ["fresh", "due", "dead"] as const) {
    await using home = await homeWithSession(provider, life);
    assert.equal(await check(home), 0, life);
    await home.writeConfig({ issuer: "https://other.example.com", client_id: provider.clientId });
    assert.equal(await check(home), 4, `${life}, other issuer`);
  }
  await using machine = await makeHome(provider, { flow: "client-credentials" });
  assert.equal(await check(machine), 0);
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage token uses VANTAGE_TOKEN as it is and never stores it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const before = snapshot(home);
  const ready = "ready made 'token'";
  const env = { VANTAGE_TOKEN: ready };
  for (const args of [["token"], ["token", "--min-ttl", "5h"]]) {
    const { status, stdout, stderr } = await home.run(args, { env });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${ready}\n`);
    assert.ok(!stderr.includes(ready));
  }
  for (const args of [["token", "--refresh"], ["refresh"]]) {
    const { status, stdout, stderr } = await home.run(args, { env });
    assert.equal(status, 2, stderr);
    assert.ok(!(stdout + stderr).includes(ready));
  }
  assert.deepEqual(snapshot(home), before);
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage token asks for a login when there is no session", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const { status, stdout, stderr } = await home.run(["token", "--json"]);
  assert.equal(status, 4);
  assert.equal(stdout, "");
  const { error } = JSON.parse(stderr);
  assert.equal(error.code, "not_logged_in");
  assert.equal(error.hint, "Run `vantage login -p test`");
  assert.equal(provider.requests.length, 0);
  await assert.rejects(Deno.stat(dirname(home.tokenFile)), Deno.errors.NotFound);
});

Deno.test("vantage token renews a machine's token with its client secret alone", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, {
    flow: "client-credentials",
    client_id: provider.machine.clientId,
  });
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  const first = await home.run(["token"], { env });
  assert.equal(first.status, 0, first.stderr);
  assert.equal((await home.run(["token"], { env })).stdout, first.stdout);
  assert.equal(provider.count({ grantType: "client_credentials" }), 1);
  assert.notEqual((await home.run(["token", "--refresh"], { env })).stdout, first.stdout);
  assert.ok(!(await Deno.readTextFile(home.tokenFile)).includes(env.VANTAGE_CLIENT_SECRET));
});
