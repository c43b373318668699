import assert from "node:assert/strict";
import { assertDone, assertFailed, DEVICE, shownCode } from "../support/login.ts";
import { approveDevice } from "../support/person.ts";
import { type Provider, type ProviderOptions, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";

/** A session without an ID token, which a device login may grant. */
async function logInWithoutIdToken(provider: Provider, home: Home): Promise<void> {
  const json = ({ id_token: _none, ...rest }: Record<string, unknown>) => rest;
  provider.fault({ grantType: "device_code" }, { kind: "rewrite", json });
  const login = home.start(DEVICE);
  await approveDevice(await shownCode(login));
  assertDone(await login.result);
}

const OPTIONS: ProviderOptions[] = [{}, { dpop: true }, { dpop: true, dpopNonce: true }];
for (const options of OPTIONS) {
  Deno.test(`vantage whoami asks the provider when the login gave no ID token, with ${JSON.stringify(options)}`, async () => {
    await using provider = await startProvider({ deviceInterval: 1, ...options });
    await using home = await makeHome(provider, { dpop: options.dpop ?? false });
    await logInWithoutIdToken(provider, home);
    const result = await home.run(["whoami", "--json"]);
    assertDone(result);
    assert.equal(JSON.parse(result.stdout).email, "ada@example.com");
    assert.equal(provider.count({ path: "userinfo" }), options.dpopNonce ? 2 : 1);
  });
}

Deno.test("vantage whoami says what the provider said when it refuses the token", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const env = { VANTAGE_TOKEN: "no-token-of-this-provider" };
  const { message } = assertFailed(
    await home.run(["whoami", "--json"], { env }),
    4,
    "client_refused",
  );
  assert.match(message, /UserInfo endpoint answered 401: invalid_token/);
});

Deno.test("vantage logout ends the session when the access token is a JWT, which nobody can revoke", async () => {
  await using provider = await startProvider({ deviceInterval: 1, jwtAccessTokens: true });
  await using home = await makeHome(provider);
  const login = home.start(DEVICE);
  await approveDevice(await shownCode(login));
  assertDone(await login.result);
  const result = await home.run(["logout", "--json"]);
  assertDone(result);
  assert.match(result.stdout, /"revoked":true/);
  assert.equal(provider.count({ path: "revocation" }), 2);
});
