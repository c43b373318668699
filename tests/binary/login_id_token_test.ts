import assert from "node:assert/strict";
import { assertDone, assertFailed, assertNothingStored, logInByBrowser } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import type { Forgery } from "../support/signing_key.ts";
import { makeHome } from "../support/vantage.ts";

const now = () => Math.floor(Date.now() / 1000);
const iss = "https://evil.example.com";

/** ID tokens that must not be believed, and the word of the error that says why. */
const FORGERIES: [what: string, forgery: () => Forgery, reason: RegExp][] = [
  ["its signature is forged", () => ({ key: "other" }), /signature/],
  ["it has no signature", () => ({ key: "none" }), /"alg"/],
  ["its nonce is another", () => ({ claims: { nonce: "x".repeat(43) } }), /nonce/],
  ["it has no nonce", () => ({ claims: { nonce: undefined } }), /nonce/],
  ["it is for another audience", () => ({ claims: { aud: "somebody" } }), /aud/],
  [
    "it is for others too and names no party",
    () => ({ claims: { aud: ["vantage-cli", "x"] } }),
    /untrusted audiences/,
  ],
  [
    "it is for others too and names another party",
    () => ({ claims: { aud: ["vantage-cli", "x"], azp: "x" } }),
    /azp/,
  ],
  ["it names another party", () => ({ claims: { azp: "x" } }), /azp/],
  ["its issuer is another", () => ({ claims: { iss } }), /iss/],
  ["it has expired", () => ({ claims: { exp: now() - 120 } }), /exp|not valid at this time/],
  ["it has no expiry", () => ({ claims: { exp: undefined } }), /exp/],
  ["it is not valid yet", () => ({ claims: { nbf: now() + 600 } }), /not valid at this time/],
  ["it names nobody", () => ({ claims: { sub: undefined } }), /sub/],
];
for (const [what, forgery, reason] of FORGERIES) {
  Deno.test(`vantage login --flow browser ends with login_rejected when the ID token is wrong: ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    provider.fault({ grantType: "authorization_code" }, {
      kind: "rewrite",
      json: async (body) => ({
        ...body,
        id_token: await provider.forgeIdToken(body.id_token, forgery()),
      }),
    });
    const { result, arrival } = await logInByBrowser(home);
    assert.match(assertFailed(result, 4, "login_rejected").message, reason);
    assert.match(arrival.page?.body ?? "", /The login failed/);
    await assertNothingStored(home);
  });
}

Deno.test("vantage login --flow browser ends with login_rejected when the ID token is missing", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const json = ({ id_token: _none, ...rest }: Record<string, unknown>) => rest;
  provider.fault({ grantType: "authorization_code" }, { kind: "rewrite", json });
  const { result } = await logInByBrowser(home);
  assert.match(assertFailed(result, 4, "login_rejected").message, /id_token/);
  await assertNothingStored(home);
});

Deno.test("vantage login --flow browser needs no ID token when openid is not asked for", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, { scopes: ["clusters:read", "offline_access"] });
  const { result, url } = await logInByBrowser(home);
  assertDone(result);
  assert.equal(new URL(url).searchParams.get("nonce"), null);
  assert.equal((await home.readRecord()).session?.id_token, undefined);
  assert.equal(provider.count({ path: "jwks" }), 0);
});

for (const exp of [-10, 30]) {
  Deno.test(`vantage login --flow browser takes an ID token when it expires ${exp} s from now`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    provider.fault({ grantType: "authorization_code" }, {
      kind: "rewrite",
      json: async (body) => ({
        ...body,
        id_token: await provider.forgeIdToken(body.id_token, { claims: { exp: now() + exp } }),
      }),
    });
    assertDone((await logInByBrowser(home)).result);
  });
}

for (const hours of [-2, 2]) {
  for (const dpop of [false, true]) {
    Deno.test(`vantage login --flow browser works when the provider's clock is off by ${hours} hours, dpop ${dpop}`, async () => {
      await using provider = await startProvider({ clockOffset: hours * 3600, dpop });
      await using home = await makeHome(provider, { dpop });
      assertDone((await logInByBrowser(home)).result);
      const { session } = await home.readRecord();
      const life = Date.parse(String(session?.expires_at)) -
        Date.parse(String(session?.obtained_at));
      assert.equal(life, 3_600_000);
      assertDone(await home.run(["refresh"]));
    });
  }
}

Deno.test("vantage login --flow browser ends with login_rejected when the ID token's claims are of another time than the provider's", async () => {
  await using provider = await startProvider({ clockOffset: -7200 });
  await using home = await makeHome(provider);
  provider.fault({ grantType: "authorization_code" }, {
    kind: "rewrite",
    json: async (body) => ({
      ...body,
      id_token: await provider.forgeIdToken(body.id_token, { claims: { exp: now() - 7320 } }),
    }),
  });
  assertFailed((await logInByBrowser(home)).result, 4, "login_rejected");
});

Deno.test("vantage login --flow browser fetches the keys once when nothing is wrong with them", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  for (let i = 0; i < 2; i++) {
    assertDone((await logInByBrowser(home, { args: ["--force"] })).result);
  }
  assert.equal(provider.count({ path: "jwks" }), 1);
});

/** Replaces the keys that were fetched, as if the provider had had those by then. */
async function withKeys(
  home: { dir: string },
  change: (key: Record<string, unknown>) => unknown,
): Promise<void> {
  const dir = `${home.dir}/cache/issuers`;
  for await (const { name } of Deno.readDir(dir)) {
    const entry = JSON.parse(await Deno.readTextFile(`${dir}/${name}`));
    entry.keys.keys = entry.keys.keys.map(change);
    await Deno.writeTextFile(`${dir}/${name}`, JSON.stringify(entry));
  }
}

const { kty, crv, x, y } = await crypto.subtle.exportKey(
  "jwk",
  (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]))
    .publicKey,
);
for (
  const [what, change] of [
    ["another name", (key: object) => ({ ...key, kid: "before" })],
    ["the same name", (key: object) => ({ ...key, kty, crv, x, y })],
  ] as const
) {
  Deno.test(`vantage login --flow browser fetches the keys once more when they had ${what} before`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    assertDone((await logInByBrowser(home)).result);
    await withKeys(home, change);
    for (let i = 0; i < 2; i++) {
      assertDone((await logInByBrowser(home, { args: ["--force"] })).result);
    }
    assert.equal(provider.count({ path: "jwks" }), 2);
  });
}

Deno.test("vantage login --flow browser asks for the keys twice at most when the signature is forged", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const before = await home.readRecord();
  provider.fault({ grantType: "authorization_code" }, {
    kind: "rewrite",
    json: async (body) => ({
      ...body,
      id_token: await provider.forgeIdToken(body.id_token, { key: "other" }),
    }),
  });
  const { result } = await logInByBrowser(home, { args: ["--force"] });
  assertFailed(result, 4, "login_rejected");
  assert.equal(provider.count({ path: "jwks" }), 2);
  assert.deepEqual(await home.readRecord(), before);
});
