import assert from "node:assert/strict";
import { assertDone, assertFailed, logInByBrowser } from "../support/login.ts";
import { serveGitLab } from "../support/presets/gitlab.ts";
import { CLIENT_ID, homeFor, presetHome, providerTable } from "../support/presets/home.ts";
import { serveSpotify } from "../support/presets/spotify.ts";
import { json, loggedIn, loggedOut, refreshed, sessionOf } from "../support/presets/steps.ts";
import { startProvider } from "../support/provider.ts";

Deno.test("vantage goes through the life of an account at GitLab", async () => {
  await using gitlab = serveGitLab();
  await using home = await presetHome("gitlab", gitlab);
  const { searchParams } = await loggedIn(home, "gitlab", "--flow", "browser");
  assert.doesNotMatch(searchParams.get("scope") ?? "", /offline_access/);
  const { refresh_token } = await sessionOf(home, "gitlab");
  await refreshed(home, "gitlab");
  assert.notEqual((await sessionOf(home, "gitlab")).refresh_token, refresh_token);
  assert.equal((await json(home, "whoami", "gitlab", "work")).subject, "ada");
  assert.deepEqual(await loggedOut(home, "gitlab"), [true, null]);
  assert.equal(gitlab.grants.alive, 0);
});

Deno.test("vantage logs in at another GitLab when a provider extends the preset", async () => {
  await using gitlab = serveGitLab();
  const table = { extends: "gitlab", issuer: gitlab.origin, client_id: CLIENT_ID };
  await using home = await homeFor(gitlab, providerTable("work-gitlab", table));
  await loggedIn(home, "work-gitlab", "--flow", "browser");
  const { settings } = await json(home, "provider", "show", "work-gitlab");
  const shown = Object.fromEntries(
    settings.map(({ key, value }: { key: string; value: unknown }) => [key, value]),
  );
  assert.equal(shown.git_username, "oauth2");
  assert.deepEqual([shown.api_url, shown.graphql_url], [undefined, undefined]);
  assert.deepEqual(await loggedOut(home, "work-gitlab"), [true, null]);
});

Deno.test("vantage goes through the life of an account at Spotify", async () => {
  await using spotify = serveSpotify();
  await using home = await presetHome("spotify", spotify);
  const config = await Deno.readTextFile(`${home.dir}/config.toml`);
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    `${config}\n[oauth]\ncallback_host = "localhost"\n`,
  );
  await loggedIn(home, "spotify");
  const first = (await sessionOf(home, "spotify")).refresh_token;
  await refreshed(home, "spotify");
  assert.equal((await sessionOf(home, "spotify")).refresh_token, first);
  spotify.rotates = true;
  await refreshed(home, "spotify");
  assert.notEqual((await sessionOf(home, "spotify")).refresh_token, first);
  spotify.rotates = false;
  await refreshed(home, "spotify");
  assert.ok(spotify.to("POST /api/token").every(({ form }) => form.client_secret === undefined));
  const [revoked, reason] = await loggedOut(home, "spotify");
  assert.equal(revoked, false);
  assert.match(reason ?? "", /has no revocation_endpoint$/);
});

Deno.test("vantage refresh spotify ends the session when the refresh token was revoked", async () => {
  await using spotify = serveSpotify();
  await using home = await presetHome("spotify", spotify);
  await loggedIn(home, "spotify");
  spotify.end();
  const result = await home.run(["refresh", "spotify", "work", "--json"]);
  assert.match(assertFailed(result, 4, "session_ended").message, /Refresh token revoked/);
});

Deno.test("vantage logs a profile in by the settings of [providers.vantage]", async () => {
  await using provider = await startProvider();
  const { issuer, clientId: client_id } = provider;
  await using home = await homeFor(provider, providerTable("vantage", { issuer, client_id }));
  assertDone((await logInByBrowser(home)).result);
  const { issuer: shown, profile } = await json(home, "whoami");
  assert.deepEqual([shown, profile], [issuer, "default"]);
});
