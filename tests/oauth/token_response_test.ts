import assert from "node:assert/strict";
import { tokenSet } from "../../src/oauth/token_response.ts";
import { successfulAnswer } from "../../src/oauth/answer.ts";
import { stubServer } from "./stub_server.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2030, 0, 1);

/** How long a token lives that came with this answer, in milliseconds. */
async function lifeOf(body: Record<string, unknown>, skewMs = 0): Promise<number> {
  const { server } = await stubServer([]);
  server.providerClock.skewMs = skewMs;
  const answer = await successfulAnswer(Response.json(body), "The token endpoint");
  const json = { access_token: "opaque", token_type: "bearer" as const, ...await answer.json() };
  const tokens = tokenSet(server, json, NOW);
  assert.equal(tokens.obtainedAt, NOW);
  return tokens.expiresAt - NOW;
}

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  return `${part({ alg: "none" })}.${part(claims)}.x`;
}

for (
  const [given, life] of [
    [3600, 60 * MINUTE],
    ["600", 10 * MINUTE],
    [0, 55 * MINUTE],
    [-60, 55 * MINUTE],
    [null, 55 * MINUTE],
    ["never", 55 * MINUTE],
    [1e12, 10 * 365 * 24 * 60 * MINUTE],
  ] as const
) {
  Deno.test(`tokenSet() gives ${life} ms when expires_in is ${JSON.stringify(given)}`, async () => {
    assert.equal(await lifeOf({ expires_in: given }), life);
  });
}

const seconds = NOW / 1000;
for (
  const [name, claims, skewMs, life] of [
    ["of exp less iat", { iat: seconds, exp: seconds + 600 }, 0, 10 * MINUTE],
    ["of exp less iat by a wrong clock", { iat: 1000, exp: 1600 }, 0, 10 * MINUTE],
    ["until exp", { exp: seconds + 600 }, 0, 10 * MINUTE],
    ["until exp by the provider's clock", { exp: seconds + 7800 }, 7_200_000, 10 * MINUTE],
    ["that is not known when exp has passed", { exp: seconds - 5 }, 0, 55 * MINUTE],
    ["that is not known when exp is text", { exp: "later" }, 0, 55 * MINUTE],
    ["that is not known when there is no exp", {}, 0, 55 * MINUTE],
  ] as const
) {
  Deno.test(`tokenSet() gives a JWT the life ${name}`, async () => {
    assert.equal(await lifeOf({ access_token: jwt(claims) }, skewMs), life);
  });
}

for (const token of ["a.b.c", "..", "a.!.c", `x.${btoa("[]")}.y`, `x.${btoa("null")}.y`]) {
  Deno.test(`tokenSet() gives 55 minutes when the token '${token}' only looks like a JWT`, async () => {
    assert.equal(await lifeOf({ access_token: token }), 55 * MINUTE);
  });
}

Deno.test("tokenSet() goes by expires_in when the JWT says otherwise", async () => {
  const access_token = jwt({ iat: seconds, exp: seconds + 600 });
  assert.equal(await lifeOf({ access_token, expires_in: 60 }), MINUTE);
});

Deno.test("tokenSet() refuses a bearer token when it was to be bound to a key", async () => {
  const { server } = await stubServer([]);
  const { dpopKey } = await import("../../src/oauth/dpop.ts");
  const body = { access_token: "opaque", token_type: "bearer" as const };
  const key = await dpopKey(server);
  assert.throws(() => tokenSet(server, body, NOW, key), /did not bind the token/);
});
