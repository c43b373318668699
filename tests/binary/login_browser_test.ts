import assert from "node:assert/strict";
import {
  assertDone,
  assertFailed,
  assertNothingStored,
  BROWSER,
  isListening,
  jsonLines,
  logInByBrowser,
  redirectOf,
  shownUrl,
} from "../support/login.ts";
import { browse } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

Deno.test("vantage login --flow browser stores a session when the person approves", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const login = home.start([...BROWSER]);
  const url = await shownUrl(login);
  const { page } = await browse(url, { user: "grace" });
  const result = await login.result;
  assertDone(result);
  assert.match(result.stdout, /^Logged in to profile 'test'\nas +grace@example.com\n/);
  assert.match(result.stderr, /To log in, open\n {2}http/);
  assert.equal(page?.status, 200);
  assert.equal(await isListening(redirectOf(url)), false);
  const { session } = await home.readRecord();
  assert.equal((await home.run(["token"])).stdout, `${session?.access_token}\n`);
});

Deno.test("vantage login --flow browser asks as RFC 7636, 8252 and OpenID Connect say", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const { result, url } = await logInByBrowser(home);
  assertDone(result);
  const query = Object.fromEntries(new URL(url).searchParams);
  const { state, nonce, code_challenge: challenge, redirect_uri: redirect, ...rest } = query;
  assert.deepEqual(rest, {
    client_id: provider.clientId,
    response_type: "code",
    code_challenge_method: "S256",
    scope: "openid email profile offline_access",
    prompt: "consent",
  });
  for (const random of [state, nonce, challenge]) assert.match(random ?? "", /^[\w-]{43}$/);
  assert.match(redirect ?? "", /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  const request = provider.requests.find(({ grantType }) => grantType === "authorization_code");
  assert.equal(request?.form.redirect_uri, redirect);
  assert.match(request?.form.code_verifier ?? "", /^[\w-]{43,}$/);
});

Deno.test("vantage login --flow browser tells programs its steps when run with --json", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const { result } = await logInByBrowser(home, { quiet: true });
  const lines = jsonLines(result);
  assert.deepEqual(lines.map(({ event }) => event), ["authorization_url", "authorized"]);
  assert.equal(result.stderr, lines.map((line) => JSON.stringify(line) + "\n").join(""));
  assert.equal(JSON.parse(result.stdout).email, "ada@example.com");
});

Deno.test("vantage login --flow browser ends with login_denied when the person denies", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const { result, arrival } = await logInByBrowser(home, { person: { deny: true } });
  const error = assertFailed(result, 4, "login_denied");
  assert.match(error.message, /access_denied \(The person said no\)/);
  assert.match(arrival.page?.body ?? "", /The login failed/);
  assert.equal(arrival.page?.status, 400);
  await assertNothingStored(home);
});

Deno.test("vantage login --flow browser ends with login_timed_out when --timeout is over", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const login = home.start(["login", "--flow", "browser", "--timeout", "1s", "--json"]);
  const redirect = redirectOf(await shownUrl(login));
  assert.equal(await isListening(redirect), true);
  assertFailed(await login.result, 4, "login_timed_out");
  assert.equal(await isListening(redirect), false);
  await assertNothingStored(home);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`vantage login --flow browser leaves nothing behind when ${signal} ends it`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const login = home.start([...BROWSER, "--json"]);
    const redirect = redirectOf(await shownUrl(login));
    login.kill(signal);
    const { status, stdout, stderr } = await login.result;
    assert.deepEqual([status, stdout], [130, ""]);
    assert.match(stderr, /"code":"interrupted"/);
    assert.equal(await isListening(redirect), false);
    await assertNothingStored(home);
  });
}

for (const endpoint of ["token", "jwks"]) {
  Deno.test(`vantage login --flow browser ends at once when SIGINT meets ${endpoint} without answer`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const gate = provider.gate({ path: endpoint }, "before");
    const login = home.start([...BROWSER, "--json"]);
    const browsing = browse(await shownUrl(login));
    await gate.arrived;
    login.kill("SIGINT");
    assert.equal((await login.result).status, 130);
    assert.equal((await browsing).page?.status, 400);
    await assertNothingStored(home);
  });
}

Deno.test("vantage login --flow browser pushes the request when the provider demands it", async () => {
  await using provider = await startProvider({ requirePar: true });
  await using home = await makeHome(provider);
  const { result, url } = await logInByBrowser(home);
  assertDone(result);
  const keys = [...new URL(url).searchParams.keys()].sort();
  assert.deepEqual(keys, ["client_id", "request_uri"]);
  assert.equal(provider.count({ path: "par" }), 1);
});

Deno.test("vantage login --flow browser pushes the request when the settings name the endpoint", async () => {
  await using provider = await startProvider();
  const pushed_authorization_request_endpoint = `${provider.issuer}/request`;
  await using home = await makeHome(provider, { pushed_authorization_request_endpoint });
  assertDone((await logInByBrowser(home)).result);
  assert.equal(provider.count({ path: "par" }), 1);
});

for (const options of [{}, { dpopNonce: true }, { requirePar: true, dpopNonce: true }]) {
  Deno.test(`vantage login --flow browser binds the tokens to a key when dpop is set, with ${JSON.stringify(options)}`, async () => {
    await using provider = await startProvider({ dpop: true, ...options });
    await using home = await makeHome(provider, { dpop: true });
    const { result, url } = await logInByBrowser(home);
    assertDone(result);
    if (!options.requirePar) assert.match(url, /&dpop_jkt=[\w-]{43}(&|$)/);
    assert.equal((await home.readRecord()).session?.token_type, "DPoP");
    assertDone(await home.run(["refresh"]));
  });
}

Deno.test("vantage login --flow browser says what is missing when the provider has no such endpoint", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const json = ({ authorization_endpoint: _none, ...rest }: Record<string, unknown>) => rest;
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const error = assertFailed(await home.run([...BROWSER, "--json"]), 1, "not_supported");
  assert.match(error.message, /has no authorization_endpoint/);
});

Deno.test("vantage login --flow browser tells no code when the provider repeats it in an error", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  provider.fault({ grantType: "authorization_code" }, {
    kind: "rewrite",
    answer(answer) {
      const { form } = provider.requests.at(-1) ?? {};
      const error_description = `${form?.code} ${form?.code_verifier} was wrong`;
      return {
        ...answer,
        status: 400,
        body: JSON.stringify({ error: "invalid_grant", error_description }),
      };
    },
  });
  const { result } = await logInByBrowser(home);
  const { message } = assertFailed(result, 4, "client_refused");
  assert.match(message, /invalid_grant \(\[redacted\] \[redacted\] was wrong\)/);
  await assertNothingStored(home);
});
