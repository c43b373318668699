import assert from "node:assert/strict";
import { join } from "node:path";
import { addConfig } from "../helpers/ask.ts";
import { type DockerEngine, startDockerEngine } from "../helpers/docker_engine.ts";
import { makeTool, type Tool } from "../helpers/tool.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { isInstalled } from "../support/pty.ts";
import { BINARY, type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

const ignore = !await isInstalled("docker");
// deno-lint-ignore no-console -- the notice that the test command looks for
if (ignore) console.log("skipped: docker is not installed");

const REGISTRY = "registry.example.com";

/** Docker with an engine of ours, set up as documented. */
async function makeDocker(home: Home, provider: Provider, engine: DockerEngine): Promise<Tool> {
  const others = () => ["typed-password"];
  const env = { DOCKER_CONFIG: "docker", DOCKER_HOST: engine.address };
  const tool = await makeTool(home, provider, { env, others });
  await Deno.mkdir(join(tool.dir, "docker"));
  await Deno.writeTextFile(
    join(tool.dir, "docker", "config.json"),
    JSON.stringify({ credHelpers: { [REGISTRY]: "vantage" } }),
  );
  return tool;
}

const setUp = (home: Home, account: string) =>
  addConfig(home, `[credential_helper.docker]\n"${REGISTRY}" = "${account}"\n`);

Deno.test({
  name:
    "docker pull and docker login have the session's token, and docker logout leaves the session",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "dead");
    await using engine = await startDockerEngine(provider);
    await using tool = await makeDocker(home, provider, engine);
    await setUp(home, "vantage/test");
    const pull = await tool.run("docker", ["pull", `${REGISTRY}/acme/app`]);
    assert.equal(pull.status, 0, pull.stderr);
    const { session } = await home.readRecord();
    const login = await tool.run("docker", ["login", REGISTRY]);
    assert.equal(login.status, 0, login.stderr);
    assert.match(login.stdout, /Login Succeeded/);
    assert.equal(engine.logins.length, 2);
    for (const { username, password } of engine.logins) {
      assert.deepEqual([username, password], ["oauth2", session?.access_token]);
    }

    const logout = await tool.run("docker", ["logout", REGISTRY]);
    assert.equal(logout.status, 0, logout.stderr);
    assert.match(logout.stderr, /profile 'test' stays as it is/);
    assert.deepEqual((await home.readRecord()).session, session);
  },
});

Deno.test({
  name: "docker login has a password kept, docker pull uses it, and docker logout removes it",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using engine = await startDockerEngine(provider);
    engine.passwords.add("typed-password");
    await using tool = await makeDocker(home, provider, engine);
    await setUp(home, "reg/me");
    const typed = await tool.run("docker", ["login", "-u", "ada", "--password-stdin", REGISTRY], {
      stdin: "typed-password",
    });
    assert.equal(typed.status, 0, typed.stderr);
    const pull = await tool.run("docker", ["pull", `${REGISTRY}/acme/app`]);
    assert.equal(pull.status, 0, pull.stderr);
    const { username, password } = engine.logins.at(-1) ?? {};
    assert.deepEqual([username, password], ["ada", "typed-password"]);
    const config = await Deno.readTextFile(join(tool.dir, "docker", "config.json"));
    assert.ok(!config.includes("typed-password") && !config.includes(btoa("ada:typed-password")));

    assert.equal((await home.run(["token", "reg", "me"])).status, 0);
    assert.equal((await tool.run("docker", ["logout", REGISTRY])).status, 0);
    assert.equal((await home.run(["token", "reg", "me"])).status, 4);
  },
});

Deno.test({
  name: "docker shows how to log in when there is no session, and goes on without a password",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using engine = await startDockerEngine(provider);
    await using tool = await makeDocker(home, provider, engine);
    await setUp(home, "vantage/test");
    const { status, stderr } = await tool.run("docker", ["pull", `${REGISTRY}/acme/app`]);
    assert.equal(status, 1);
    assert.match(stderr, /vantage login -p test/);
  },
});

Deno.test("docker-credential-vantage is the helper, by a link, a hard link, a copy or a script", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await addConfig(home, `[credential_helper.docker]\n"ghcr.io" = "vantage/test"\n`);
  await using tool = await makeTool(home, undefined);
  const script = '#!/bin/sh\nexec vantage credential-helper docker "$@"\n';
  const name = "docker-credential-vantage";
  for (
    const [way, make] of [
      ["link", (path: string) => Deno.symlink(BINARY, path)],
      // Where the file system is another, `ln` fails too.
      [
        "hard link",
        (path: string) => Deno.link(BINARY, path).catch(() => Deno.copyFile(BINARY, path)),
      ],
      ["copy", (path: string) => Deno.copyFile(BINARY, path)],
      ["script", (path: string) => Deno.writeTextFile(path, script, { mode: 0o755 })],
    ] as const
  ) {
    const path = join(tool.dir, way, name);
    await Deno.mkdir(join(tool.dir, way));
    await make(path);
    const { status, stdout, stderr } = await tool.run(path, ["get"], { stdin: "ghcr.io" });
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      ServerURL: "ghcr.io",
      Username: "oauth2",
      Secret: home.session.accessToken.expose(),
    });
    const other = await tool.run(path, ["get"], { stdin: "https://other.example" });
    assert.equal(other.status, 1);
    assert.equal(other.stdout, "credentials not found in native keychain\n");
    await Deno.remove(path);
  }
});
