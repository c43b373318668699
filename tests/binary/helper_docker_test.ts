import assert from "node:assert/strict";
import { join } from "node:path";
import { addConfig } from "../helpers/ask.ts";
import { startRegistry } from "../helpers/registry.ts";
import { hasProgram, makeTool, type Tool } from "../helpers/tool.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { BINARY, type Home } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

const ignore = !hasProgram("docker");
// deno-lint-ignore no-console -- the notice that the test command looks for
if (ignore) console.log("skipped: docker is not installed");

/** Docker without a daemon (which then logs in by itself), set up as documented. */
async function makeDocker(home: Home, provider: Provider, host: string): Promise<Tool> {
  const others = () => ["typed-password"];
  const env = { DOCKER_CONFIG: "docker", DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const tool = await makeTool(home, provider, { env, others });
  await Deno.mkdir(join(tool.dir, "docker"));
  await Deno.writeTextFile(
    join(tool.dir, "docker", "config.json"),
    JSON.stringify({ credHelpers: { [host]: "vantage" } }),
  );
  return tool;
}

Deno.test({
  name: "docker login authenticates with the session's token, and docker logout leaves the session",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "dead");
    await using registry = startRegistry(provider);
    await using tool = await makeDocker(home, provider, registry.host);
    await addConfig(home, `[credential_helper.docker]\n"${registry.host}" = "vantage/test"\n`);
    const login = await tool.run("docker", ["login", registry.host]);
    assert.equal(login.status, 0, login.stderr);
    assert.match(login.stdout, /Login Succeeded/);
    const { session } = await home.readRecord();
    const used = { username: "oauth2", password: session?.access_token };
    assert.deepEqual(registry.logins.at(-1), used);

    const logout = await tool.run("docker", ["logout", registry.host]);
    assert.equal(logout.status, 0, logout.stderr);
    assert.match(logout.stderr, /profile 'test' stays as it is/);
    assert.deepEqual((await home.readRecord()).session, session);
  },
});

Deno.test({
  name: "docker login has a password kept, uses it again, and docker logout removes it",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using registry = startRegistry(provider);
    registry.passwords.add("typed-password");
    await using tool = await makeDocker(home, provider, registry.host);
    await addConfig(home, `[credential_helper.docker]\n"${registry.host}" = "reg/me"\n`);
    const typed = await tool.run(
      "docker",
      ["login", "-u", "ada", "--password-stdin", registry.host],
      { stdin: "typed-password" },
    );
    assert.equal(typed.status, 0, typed.stderr);
    const again = await tool.run("docker", ["login", registry.host]);
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stdout + again.stderr, /existing credentials/i);
    assert.deepEqual(registry.logins.at(-1), { username: "ada", password: "typed-password" });
    const config = await Deno.readTextFile(join(tool.dir, "docker", "config.json"));
    assert.ok(!config.includes("typed-password") && !config.includes(btoa("ada:typed-password")));

    assert.equal((await home.run(["token", "reg", "me"])).status, 0);
    assert.equal((await tool.run("docker", ["logout", registry.host])).status, 0);
    assert.equal((await home.run(["token", "reg", "me"])).status, 4);
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
