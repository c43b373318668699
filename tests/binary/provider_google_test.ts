import assert from "node:assert/strict";
import { assertFailed } from "../support/login.ts";
import { GOOGLE_SECRET, serveGoogle } from "../support/presets/google.ts";
import { CLIENT_ID, presetHome } from "../support/presets/home.ts";
import {
  json,
  loggedIn,
  loggedOut,
  logIn,
  refreshed,
  sessionOf,
  storeSecret,
} from "../support/presets/steps.ts";

Deno.test("vantage goes through the life of an account at Google", async () => {
  await using google = serveGoogle({ consentedBefore: true });
  await using home = await presetHome("google", google);
  await storeSecret(home, "google", GOOGLE_SECRET);
  const { searchParams } = await loggedIn(home, "google");
  assert.equal(searchParams.get("access_type"), "offline");
  assert.equal(searchParams.get("prompt"), "consent");
  assert.equal(searchParams.get("scope"), "openid email profile");
  const { refresh_token, granted_scopes } = await sessionOf(home, "google");
  assert.deepEqual(granted_scopes, [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
  ]);
  await refreshed(home, "google");
  await refreshed(home, "google");
  assert.equal((await sessionOf(home, "google")).refresh_token, refresh_token);
  for (const { form } of google.to("POST /token")) {
    assert.deepEqual([form.client_id, form.client_secret], [CLIENT_ID, GOOGLE_SECRET]);
  }
  assert.equal((await json(home, "whoami", "google", "work")).email, "ada@example.com");
  assert.deepEqual(await loggedOut(home, "google"), [true, null]);
  assert.deepEqual(google.to("POST /revoke").map(({ status }) => status), [200, 400]);
  assert.equal(google.grants.alive, 0);
});

Deno.test("vantage login google asks for the client secret before the person has to do anything", async () => {
  await using google = serveGoogle();
  await using home = await presetHome("google", google);
  const result = await home.run(["login", "google", "work", "--json"]);
  const { hint } = assertFailed(result, 3, "config_incomplete");
  assert.match(hint, /vantage provider set google client_secret -/);
});

Deno.test("vantage login google gets no refresh token when the parameters are taken away", async () => {
  await using google = serveGoogle({ consentedBefore: true });
  await using home = await presetHome("google", google, {
    authorize_params: { access_type: "offline" },
  });
  await storeSecret(home, "google", GOOGLE_SECRET);
  await loggedIn(home, "google");
  assert.equal((await sessionOf(home, "google")).refresh_token, undefined);
});

for (
  const [name, options] of [
    ["the ID token's issuer lacks the scheme", { issuer: "accounts.google.com" }],
    ["somebody else sends the browser back", { answeringIssuer: "https://evil.example" }],
  ] as const
) {
  Deno.test(`vantage login google is refused when ${name}`, async () => {
    await using google = serveGoogle(options);
    await using home = await presetHome("google", google);
    await storeSecret(home, "google", GOOGLE_SECRET);
    const { result } = await logIn(home, "google");
    assert.match(assertFailed(result, 4, "login_rejected").message, /iss/);
  });
}

Deno.test("vantage login google says that the secret is wrong when Google refuses it", async () => {
  await using google = serveGoogle();
  await using home = await presetHome("google", google);
  await storeSecret(home, "google", "GOCSPX-of-another-client");
  const { result } = await logIn(home, "google");
  assert.match(assertFailed(result, 4, "client_refused").message, /invalid_client/);
});
