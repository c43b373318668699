import assert from "node:assert/strict";
import { join } from "node:path";
import { changeRecord } from "../cli/in_home.ts";
import { addConfig } from "../helpers/ask.ts";
import { type GitServer, startGitServer } from "../helpers/git_server.ts";
import { makeTool, type Tool } from "../helpers/tool.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { isInstalled } from "../support/pty.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const ignore = !await isInstalled("git");
// deno-lint-ignore no-console -- the notice that the test command looks for
if (ignore) console.log("skipped: git is not installed");

/** git with a user and nothing else of this machine's. */
async function makeGit(home: Home, provider: Provider | undefined): Promise<Tool> {
  return await makeTool(home, provider, {
    env: {
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.com",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.com",
    },
  });
}

const LINE = "!vantage credential-helper git";

async function done(tool: Tool, args: string[], cwd?: string): Promise<string> {
  const { status, stdout, stderr } = await tool.run("git", args, cwd === undefined ? {} : { cwd });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Sets git up by the documented line, for a server that the settings know. */
async function setUp(home: Home, tool: Tool, { host }: GitServer, helper = LINE): Promise<void> {
  await done(tool, ["config", "--global", `credential.http://${host}.helper`, helper]);
  await addConfig(home, `[credential_helper.git]\n"${host}" = "vantage/test"\n`);
}

Deno.test({
  name: "git clone and git push authenticate with the token, and with the next one when it expired",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using server = await startGitServer(provider);
    await using tool = await makeGit(home, provider);
    await setUp(home, tool, server);
    const first = home.session.accessToken.expose();
    await done(tool, ["clone", "-q", server.url, "app"]);
    const app = join(tool.dir, "app");
    assert.equal(await Deno.readTextFile(join(app, "README")), "An application\n");
    assert.deepEqual(new Set(server.logins.map(({ password }) => password)), new Set([first]));
    assert.deepEqual(server.logins[0]?.username, "oauth2");
    assert.equal(provider.count(REFRESH), 0);

    provider.advance(3600);
    await changeRecord(home, ({ session }) => session.expires_at = new Date().toISOString());
    server.logins.length = 0;
    await Deno.writeTextFile(join(app, "NEWS"), "It works\n");
    await done(tool, ["add", "NEWS"], app);
    await done(tool, ["commit", "-q", "-m", "Tell"], app);
    await done(tool, ["push", "-q", "origin", "HEAD:main"], app);
    assert.match(await server.git("log", "--format=%s", "main"), /^Tell$/m);
    const second = (await home.readRecord()).session?.access_token;
    assert.notEqual(second, first);
    assert.deepEqual(new Set(server.logins.map(({ password }) => password)), new Set([second]));
  },
});

Deno.test({
  name: "git fetch works at the second try when the server refused the token",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using server = await startGitServer(provider);
    await using tool = await makeGit(home, provider);
    await setUp(home, tool, server);
    const list = () => tool.run("git", ["ls-remote", server.url]);
    assert.equal((await list()).status, 0);

    provider.refuseAccessTokens();
    const refused = await list();
    assert.equal(refused.status, 128);
    assert.match(refused.stderr, /Authentication failed/);
    assert.equal(provider.count(REFRESH), 0);
    const { status, stdout, stderr } = await list();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /refs\/heads\/main/);
    assert.equal(provider.count(REFRESH), 1);
    assert.notEqual(server.logins.at(-1)?.password, server.logins[0]?.password);
  },
});

Deno.test({
  name: "git goes on without us when the host is none of ours, and with us by name",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using server = await startGitServer(provider);
    await using tool = await makeGit(home, provider);
    await done(tool, ["config", "--global", "credential.helper", LINE]);
    const unknown = await tool.run("git", ["ls-remote", server.url]);
    assert.equal(unknown.status, 128);
    assert.match(unknown.stderr, /could not read Username|terminal prompts disabled/);
    assert.deepEqual(server.logins, []);

    // As `git-credential-vantage` on PATH, and then with a choice by the path.
    await done(tool, ["config", "--global", "credential.helper", "vantage"]);
    await addConfig(home, `[credential_helper.git]\n"${server.host}/acme" = "vantage/test"\n`);
    assert.equal((await tool.run("git", ["ls-remote", server.url])).status, 128);
    assert.deepEqual(server.logins, []);
    await done(tool, ["config", "--global", "credential.useHttpPath", "true"]);
    assert.match(await done(tool, ["ls-remote", server.url]), /refs\/heads\/main/);
  },
});

Deno.test({
  name: "git takes the line for a host that only the command line names, and tells how to log in",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using server = await startGitServer(provider);
    await using tool = await makeGit(home, provider);
    const helper = `${LINE} --host ${server.host} vantage test`;
    await done(tool, ["config", "--global", "credential.helper", helper]);
    const { status, stderr } = await tool.run("git", ["ls-remote", server.url]);
    assert.equal(status, 128);
    assert.match(stderr, /^hint: Run `vantage login -p test`$/m);
    assert.deepEqual(server.logins, []);
  },
});

Deno.test({
  name: "git keeps a password that a person typed as the API key of an appointed account",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using server = await startGitServer(provider);
    await using tool = await makeGit(home, undefined);
    await done(tool, ["config", "--global", "credential.helper", LINE]);
    await addConfig(home, `[credential_helper.git]\n"${server.host}" = "forge/me"\n`);
    const typed = home.session.accessToken.expose();
    const credential = `protocol=http\nhost=${server.host}\nusername=ada\npassword=${typed}\n\n`;
    const approve = await tool.run("git", ["credential", "approve"], { stdin: credential });
    assert.equal(approve.status, 0, approve.stderr);
    assert.match(await done(tool, ["ls-remote", server.url]), /refs\/heads\/main/);
    assert.deepEqual(server.logins.at(-1), { username: "ada", password: typed });
  },
});
