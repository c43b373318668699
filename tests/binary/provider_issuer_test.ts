import assert from "node:assert/strict";
import { assertDone, assertFailed } from "../support/login.ts";
import { Grants } from "../support/presets/grants.ts";
import { CLIENT_ID, homeFor, providerTable } from "../support/presets/home.ts";
import { oauthError, servePreset } from "../support/presets/server.ts";
import { logIn } from "../support/presets/steps.ts";

/** A provider without discovery that names an issuer in its answers (RFC 9207). */
function serveNaming(iss: (origin: string) => string) {
  const grants = new Grants();
  return servePreset((origin) => ({
    "GET /authorize": (seen) => grants.agree(seen, { iss: iss(origin) }),
    "POST /token": (seen) => {
      const grant = grants.redeem(seen, CLIENT_ID);
      if (!grant) return oauthError("invalid_grant");
      return Response.json({ access_token: grants.accessToken(grant), token_type: "bearer" });
    },
  }));
}

const ISSUERS: [name: string, iss: (origin: string) => string, known: boolean, done: boolean][] = [
  ["no issuer is known, and it is at home there", (origin) => `${origin}/oauth`, false, true],
  ["no issuer is known, and it is somebody else's", () => "https://evil.example", false, false],
  ["no issuer is known, and it is no URL", () => "issuer", false, false],
  ["it is the one of the settings", (origin) => `${origin}/issuer`, true, true],
  ["it is not the one of the settings", (origin) => `${origin}/other`, true, false],
];
for (const [name, iss, known, done] of ISSUERS) {
  Deno.test(`vantage login ${done ? "takes" : "refuses"} an answer that names an issuer when ${name}`, async () => {
    await using provider = serveNaming(iss);
    const { origin } = provider;
    const table = {
      ...(known && { issuer: `${origin}/issuer` }),
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      client_id: CLIENT_ID,
      scopes: ["read"],
    };
    await using home = await homeFor(provider, providerTable("acme", table));
    const { result } = await logIn(home, "acme");
    if (done) return assertDone(result);
    assert.match(assertFailed(result, 4, "login_rejected").message, /iss/);
    assert.equal(provider.to("POST /token").length, 0);
  });
}
