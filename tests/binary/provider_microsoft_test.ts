import assert from "node:assert/strict";
import { assertDone, assertFailed } from "../support/login.ts";
import { presetHome } from "../support/presets/home.ts";
import {
  type MicrosoftOptions,
  OTHER_TENANT,
  serveMicrosoft,
  TENANT,
} from "../support/presets/microsoft.ts";
import { json, loggedIn, loggedOut, logIn, refreshed } from "../support/presets/steps.ts";

const BROWSER = ["--flow", "browser"];
const DEVICE = ["login", "microsoft", "work", "--flow", "device", "--timeout", "60s", "--json"];

Deno.test("vantage goes through the life of an account at Microsoft", async () => {
  await using microsoft = serveMicrosoft();
  await using home = await presetHome("microsoft", microsoft);
  const { searchParams } = await loggedIn(home, "microsoft", ...BROWSER);
  assert.match(searchParams.get("redirect_uri") ?? "", /^http:\/\/localhost:\d+$/);
  assert.equal(searchParams.get("prompt"), "select_account");
  await refreshed(home, "microsoft");
  const { issuer, email } = await json(home, "whoami", "microsoft", "work");
  assert.deepEqual([issuer, email], [`${microsoft.origin}/common/v2.0`, "ada@example.com"]);
  const [revoked, reason] = await loggedOut(home, "microsoft");
  assert.equal(revoked, false);
  assert.match(reason ?? "", /has no revocation_endpoint$/);
});

Deno.test("vantage login microsoft --flow device stores a session of the person's tenant", async () => {
  await using microsoft = serveMicrosoft();
  await using home = await presetHome("microsoft", microsoft);
  assertDone(await home.run(DEVICE));
  assert.equal((await json(home, "whoami", "microsoft", "work")).subject, "ada");
});

Deno.test("vantage login microsoft ends with login_denied when the person declines", async () => {
  await using microsoft = serveMicrosoft({ declines: true });
  await using home = await presetHome("microsoft", microsoft);
  assertFailed(await home.run(DEVICE), 4, "login_denied");
});

const ELSEWHERE = "https://evil.example/{tenantid}/v2.0";
const METADATA = /the metadata is of another issuer/;
const REFUSED: [name: string, options: MicrosoftOptions, pattern?: RegExp][] = [
  ["the ID token is of another tenant than its tid", { tid: OTHER_TENANT }],
  ["the ID token has no tid", { tid: undefined }],
  ["the tid is no tenant", { tid: "common", tokenIssuer: "ORIGIN/common/v2.0" }],
  ["the issuer of the ID token is elsewhere", {
    tokenIssuer: `https://evil.example/${TENANT}/v2.0`,
  }],
  ["the ID token is of the template itself", { tokenIssuer: "ORIGIN/{tenantid}/v2.0" }],
  ["the key is of another tenant", { keyIssuer: `ORIGIN/${OTHER_TENANT}/v2.0` }],
  ["the metadata is of another place", { metadataIssuer: ELSEWHERE }, METADATA],
  ["the metadata has another path", { metadataIssuer: "ORIGIN/{tenantid}/v1.0" }, METADATA],
  ["the metadata has a placeholder in another place", {
    metadataIssuer: "ORIGIN/common/{tenantid}",
  }],
];
for (const [name, options, pattern = /ID token/] of REFUSED) {
  Deno.test(`vantage login microsoft is refused when ${name}`, async () => {
    await using microsoft = serveMicrosoft(options);
    await using home = await presetHome("microsoft", microsoft);
    const result = options.metadataIssuer === undefined
      ? (await logIn(home, "microsoft", ...BROWSER)).result
      : await home.run(DEVICE);
    const { message } = assertFailed(result, 4, "login_rejected");
    assert.match(message, pattern);
  });
}

Deno.test("vantage login microsoft takes a key that is of the token's tenant alone", async () => {
  await using microsoft = serveMicrosoft({ keyIssuer: `ORIGIN/${TENANT}/v2.0` });
  await using home = await presetHome("microsoft", microsoft);
  await loggedIn(home, "microsoft", ...BROWSER);
});

Deno.test("vantage login microsoft takes the metadata of one tenant when a domain was asked for", async () => {
  await using microsoft = serveMicrosoft({ metadataIssuer: `ORIGIN/${TENANT}/v2.0` });
  await using home = await presetHome("microsoft", microsoft);
  await loggedIn(home, "microsoft", ...BROWSER);
});

Deno.test("vantage login microsoft refuses another tenant than the metadata names", async () => {
  await using microsoft = serveMicrosoft({
    metadataIssuer: `ORIGIN/${TENANT}/v2.0`,
    tokenIssuer: `ORIGIN/${OTHER_TENANT}/v2.0`,
    tid: OTHER_TENANT,
  });
  await using home = await presetHome("microsoft", microsoft);
  const { result } = await logIn(home, "microsoft", ...BROWSER);
  assertFailed(result, 4, "login_rejected");
});

Deno.test("vantage refresh microsoft refuses the same subject of another tenant", async () => {
  await using microsoft = serveMicrosoft({ refreshedTenant: OTHER_TENANT });
  await using home = await presetHome("microsoft", microsoft);
  await loggedIn(home, "microsoft", ...BROWSER);
  const result = await home.run(["refresh", "microsoft", "work", "--json"]);
  assert.match(assertFailed(result, 4, "login_rejected").message, /another person/);
});

Deno.test("vantage refresh microsoft ends the session with Microsoft's own words", async () => {
  await using microsoft = serveMicrosoft();
  await using home = await presetHome("microsoft", microsoft);
  await loggedIn(home, "microsoft", ...BROWSER);
  microsoft.grants.end();
  const result = await home.run(["refresh", "microsoft", "work", "--json"]);
  assert.match(assertFailed(result, 4, "session_ended").message, /AADSTS70008/);
});
