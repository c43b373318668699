import assert from "node:assert/strict";
import { assertDone, assertFailed } from "../support/login.ts";
import { type GitHub, GITHUB_SECRET, serveGitHub } from "../support/presets/github.ts";
import { presetHome } from "../support/presets/home.ts";
import {
  json,
  loggedIn,
  loggedOut,
  refreshed,
  sessionOf,
  storeSecret,
  tokenOf,
} from "../support/presets/steps.ts";
import type { Home } from "../support/vantage.ts";

const TOKEN = "POST /login/oauth/access_token";

async function logInByDevice(home: Home, github: GitHub): Promise<void> {
  const login = home.start(["login", "github", "work", "--timeout", "60s", "--json"]);
  await login.line(/"event":"pending"/);
  github.approve();
  assertDone(await login.result);
}

Deno.test("vantage login github takes a device code, and a token without an end, of an OAuth app", async () => {
  await using github = serveGitHub();
  await using home = await presetHome("github", github);
  await logInByDevice(home, github);
  const [asked] = github.to("POST /login/device/code");
  assert.equal(asked?.form.scope, "repo read:org");
  assert.ok(github.to(TOKEN).every(({ status }) => status === 200));
  const session = await sessionOf(home, "github");
  assert.deepEqual(session.granted_scopes, ["repo", "read:org"]);
  assert.equal(session.refresh_token, undefined);
  const { expires_at } = await json(home, "token", "github", "work", "--format", "json");
  assert.ok(expires_at === null || Date.parse(expires_at) > Date.now() + 1e12, expires_at);
  assert.match(await tokenOf(home, "github"), /^gho-/);
  assertFailed(await home.run(["whoami", "github", "work", "--json"]), 1, "not_supported");
});

Deno.test("vantage logout github says what it needs when there is no client secret", async () => {
  await using github = serveGitHub();
  await using home = await presetHome("github", github);
  await logInByDevice(home, github);
  assert.deepEqual(await loggedOut(home, "github"), [
    false,
    "The provider revokes only with a client secret",
  ]);
  assert.equal(github.grants.alive, 1);
});

Deno.test("vantage logout github deletes the token as GitHub's API has it when there is a client secret", async () => {
  await using github = serveGitHub();
  await using home = await presetHome("github", github);
  await logInByDevice(home, github);
  await storeSecret(home, "github", GITHUB_SECRET);
  const token = await tokenOf(home, "github");
  assert.deepEqual(await loggedOut(home, "github"), [true, null]);
  const [deletion] = github.requests.filter(({ method }) => method === "DELETE");
  assert.deepEqual([deletion?.status, deletion?.json], [204, { access_token: token }]);
  assert.equal(github.grants.alive, 0);
});

Deno.test("vantage refresh github renews the token of a GitHub app until its refresh token is refused", async () => {
  await using github = serveGitHub({ app: "github" });
  await using home = await presetHome("github", github);
  await logInByDevice(home, github);
  await refreshed(home, "github");
  await refreshed(home, "github");
  const refreshes = github.to(TOKEN).filter(({ form }) => form.grant_type === "refresh_token");
  assert.equal(new Set(refreshes.map(({ form }) => form.refresh_token)).size, 2);
  github.end();
  const error = assertFailed(
    await home.run(["refresh", "github", "work", "--json"]),
    4,
    "session_ended",
  );
  assert.match(error.message, /bad_refresh_token/);
});

Deno.test("vantage login github --flow browser takes the answer that names GitHub's issuer", async () => {
  await using github = serveGitHub();
  await using home = await presetHome("github", github);
  await storeSecret(home, "github", GITHUB_SECRET);
  await loggedIn(home, "github", "--flow", "browser");
  assert.equal(github.to(TOKEN)[0]?.form.client_secret, GITHUB_SECRET);
});

for (
  const [name, options, settings, pattern] of [
    ["the app has no device flow", { deviceFlow: false }, {}, /device_flow_disabled/],
    ["the client id is wrong", {}, { client_id: "nobody" }, /incorrect_client_credentials/],
  ] as const
) {
  Deno.test(`vantage login github takes an error with status 200 for one when ${name}`, async () => {
    await using github = serveGitHub(options);
    await using home = await presetHome("github", github, settings);
    const result = await home.run(["login", "github", "work", "--json", "--timeout", "60s"]);
    assert.match(assertFailed(result, 4, "client_refused").message, pattern);
    assert.ok(github.requests.every(({ status }) => status === 200));
  });
}
