import assert from "node:assert/strict";
import { dockerHelper, mapServers } from "../helpers/docker_helper.ts";
import { startRegistry } from "../helpers/registry_server.ts";
import { assertDone, assertFailed } from "../support/login.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { BINARY, type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const NOT_FOUND = "credentials not found in native keychain\n";

/** Not issued by any provider, so the harness cannot know it: looked for here. */
const PASSWORD = `password-${crypto.randomUUID()}`;

/** Whether the provider's API takes the token. */
async function lives(provider: Provider, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${provider.apiUrl}/me`, { headers });
  await response.body?.cancel();
  return response.ok;
}

async function emptyHome(entries: Record<string, string>): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, "");
  await mapServers(home, entries);
  return home;
}

Deno.test("docker-credential-vantage get gives the account's token for each spelling of its server", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await mapServers(home, {
    "registry.example.com": "vantage/test",
    "docker.io": "vantage/test",
    "shared.example.com:5000/team": "vantage/test",
  });
  await using helper = await dockerHelper(home, provider);
  const Secret = home.session.accessToken.expose();
  const servers = [
    "registry.example.com",
    "https://registry.example.com",
    "https://REGISTRY.example.com/v2/",
    "registry.example.com:443",
    "https://index.docker.io/v1/",
    "registry-1.docker.io",
    "shared.example.com:5000/team/app",
  ];
  for (const ServerURL of servers) {
    const { stdout, stderr } = await helper.call("get", `${ServerURL}\n`);
    assert.deepEqual([stderr, JSON.parse(stdout)], ["", { ServerURL, Username: "oauth2", Secret }]);
  }
});

Deno.test("docker-credential-vantage get says in Docker's words that a server is none of ours", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await mapServers(home, {
    "registry.example.com": "vantage/test",
    "shared.example.com:5000/team": "vantage/test",
  });
  await using helper = await dockerHelper(home, provider);
  const others = [
    "evil.example",
    "registry.example.com.evil.example",
    "registry.example.com:5000",
    "sub.registry.example.com",
    "shared.example.com:5000/teams",
    "shared.example.com:5000/team/../other",
    "shared.example.com/team",
    "https://registry.example.com@evil.example/",
    "http://registry.example.com",
  ];
  for (const server of others) {
    const { stdout, status } = await helper.call("get", server);
    assert.deepEqual([stdout, status], [NOT_FOUND, 1], server);
  }
  const plain = await helper.call("get", "http://registry.example.com");
  assert.match(plain.stderr, /unencrypted/);
});

Deno.test("docker-credential-vantage get gives a named account's token to its own servers alone", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using helper = await dockerHelper(home, provider);
  const named = ["vantage", "test"];
  const evil = await helper.call("get", "evil.example", { args: named });
  assert.deepEqual([evil.stdout, evil.status], [NOT_FOUND, 1]);
  const args = ["--host", "registry.example.com", ...named];
  const { stdout } = await helper.call("get", "registry.example.com", { args });
  assert.equal(JSON.parse(stdout).Secret, home.session.accessToken.expose());
});

Deno.test("docker-credential-vantage list names the servers that it has something for", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await mapServers(home, {
    "registry.example.com": "vantage/test",
    "docker.io": "hub/work",
    "empty.example.com": "hub/nobody",
  });
  await using helper = await dockerHelper(home, provider);
  assertDone(
    await home.run(["account", "add", "hub", "work", "--api-key", "-"], { stdin: PASSWORD }),
  );
  const { stdout, stderr, status } = await helper.call("list");
  assert.deepEqual([status, stderr, JSON.parse(stdout)], [0, "", {
    "registry.example.com": "oauth2",
    "https://index.docker.io/v1/": "oauth2",
  }]);
});

Deno.test("docker-credential-vantage keeps what docker login brings, and removes it at docker logout", async () => {
  await using home = await emptyHome({ "registry.example.com": "acme/work" });
  await using helper = await dockerHelper(home);
  const secrets = [PASSWORD];
  const stored = { ServerURL: "registry.example.com", Username: "ada", Secret: PASSWORD };
  const store = await helper.call("store", JSON.stringify(stored), { secrets });
  assert.deepEqual([store.status, store.stdout, store.stderr], [0, "", ""]);
  const got = await helper.call("get", "https://registry.example.com/v2/");
  assert.deepEqual(JSON.parse(got.stdout), {
    ...stored,
    ServerURL: "https://registry.example.com/v2/",
  });
  assert.equal((await Deno.stat(`${home.dir}/tokens/acme/work.json`)).mode! & 0o777, 0o600);
  assert.ok(!(await Deno.readTextFile(`${home.dir}/accounts.toml`)).includes(PASSWORD));

  const erase = await helper.call("erase", "registry.example.com", { secrets });
  assert.deepEqual([erase.status, erase.stdout], [0, ""]);
  assertFailed(await home.run(["token", "acme", "work", "--json"]), 4, "not_logged_in");
});

Deno.test("docker-credential-vantage erase keeps what did not come by docker login", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await mapServers(home, { "registry.example.com": "vantage/test", "docker.io": "hub/work" });
  await using helper = await dockerHelper(home, provider);
  assertDone(
    await home.run(["account", "add", "hub", "work", "--api-key", "-"], { stdin: PASSWORD }),
  );
  for (const server of ["registry.example.com", "https://index.docker.io/v1/"]) {
    const { status, stderr } = await helper.call("erase", server, { secrets: [PASSWORD] });
    assert.equal(status, 0);
    assert.match(stderr, /stays as it is/);
    assert.equal((await helper.call("get", server)).status, 0);
  }
  assert.equal((await helper.call("erase", "evil.example")).status, 0);
  assert.equal(provider.count({ path: "revocation" }), 0);
});

Deno.test("docker-credential-vantage store refuses a password that has no place, and says so on stdout", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await mapServers(home, { "registry.example.com": "vantage/test" });
  await using helper = await dockerHelper(home, provider);
  const before = await Deno.readTextFile(home.tokenFile);
  const store = (ServerURL: string, Secret: string) =>
    helper.call("store", JSON.stringify({ ServerURL, Username: "ada", Secret }), {
      secrets: [PASSWORD],
    });
  const unknown = await store("evil.example", PASSWORD);
  assert.equal(unknown.status, 3);
  assert.match(unknown.stdout, /evil\.example.*credential_helper\.docker/);
  const taken = await store("registry.example.com", PASSWORD);
  assert.equal(taken.status, 3);
  assert.match(taken.stdout, /has a session/);
  // Docker stores again what it has just got.
  assertDone(await store("registry.example.com", home.session.accessToken.expose()));
  assert.equal(await Deno.readTextFile(home.tokenFile), before);
});

Deno.test("docker-credential-vantage refuses what Docker would not write", async (t) => {
  await using home = await emptyHome({ "registry.example.com": "acme/work" });
  await using helper = await dockerHelper(home);
  const wrong: Record<string, [operation: string, input: string]> = {
    "no server": ["get", " \n"],
    "a server of two lines": ["get", "registry.example.com\nevil.example"],
    "no server to erase": ["erase", ""],
    "no JSON": ["store", PASSWORD],
    "half a JSON": ["store", `{"Secret":"${PASSWORD}"`],
    "no user": ["store", `{"ServerURL":"registry.example.com","Secret":"${PASSWORD}"}`],
    "a number": ["store", `{"ServerURL":1,"Username":"ada","Secret":"${PASSWORD}"}`],
    "an unknown operation": ["get-all", ""],
  };
  for (const [name, [operation, input]] of Object.entries(wrong)) {
    await t.step(name, async () => {
      const { status, stderr } = await helper.call(operation, input, { secrets: [PASSWORD] });
      assert.equal(status, 2, stderr);
      assert.match(stderr, /^error: /);
    });
  }
});

Deno.test("docker-credential-vantage works as a hard link and through a script", async () => {
  await using home = await emptyHome({ "registry.example.com": "acme/work" });
  const dir = await Deno.makeTempDir();
  try {
    const script = `#!/bin/sh\nexec '${BINARY}' credential-helper docker "$@"\n`;
    await Deno.writeTextFile(`${dir}/docker-credential-script`, script, { mode: 0o755 });
    await Deno.copyFile(BINARY, `${dir}/docker-credential-copy`);
    await Deno.link(`${dir}/docker-credential-copy`, `${dir}/docker-credential-link`);
    for (const name of ["script", "copy", "link"]) {
      const child = new Deno.Command(`${dir}/docker-credential-${name}`, {
        args: ["list"],
        clearEnv: true,
        env: { PATH: Deno.env.get("PATH") ?? "", VANTAGE_HOME: home.dir },
      });
      const { stdout, code } = await child.output();
      assert.deepEqual([new TextDecoder().decode(stdout), code], ["{}\n", 0], name);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

const hasDocker = await isInstalled();
// deno-lint-ignore no-console -- the notice that the test command looks for
if (!hasDocker) console.log("skipped: docker is not installed");

Deno.test({
  name: "docker manifest inspect has its token from vantage, renewed where it has expired",
  ignore: !hasDocker,
  async fn() {
    await using provider = await startProvider();
    await using registry = startRegistry((_, password) => lives(provider, password));
    await using home = await homeWithSession(provider, "dead");
    await mapServers(home, { [registry.host]: "vantage/test" });
    await using helper = await dockerHelper(home, provider);
    for (const _ of [1, 2]) {
      assertDone(
        await helper.docker(["manifest", "inspect", "--insecure", `${registry.host}/app`]),
      );
    }
    assert.equal(provider.count(REFRESH), 1);
    const { session } = await home.readRecord();
    assert.deepEqual(registry.logins.at(-1), ["oauth2", session?.access_token]);
  },
});

Deno.test({
  name: "docker login and docker logout keep their password with vantage",
  ignore: !hasDocker,
  async fn() {
    await using registry = startRegistry((...login) => login.join() === `ada,${PASSWORD}`);
    await using home = await emptyHome({ [registry.host]: "acme/work" });
    await using helper = await dockerHelper(home);
    const login = ["login", registry.host, "--username", "ada", "--password-stdin"];
    assertDone(await helper.docker(login, PASSWORD));
    assertDone(await helper.docker(["manifest", "inspect", "--insecure", `${registry.host}/app`]));
    assert.deepEqual(registry.logins.at(-1), ["ada", PASSWORD]);
    assertDone(await helper.docker(["logout", registry.host]));
    assertFailed(await home.run(["token", "acme", "work", "--json"]), 4, "not_logged_in");
  },
});

/** Whether a Docker is there; it needs no daemon for what is tested. */
async function isInstalled(): Promise<boolean> {
  try {
    return (await new Deno.Command("docker", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}
