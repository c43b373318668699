import assert from "node:assert/strict";
import * as jose from "jose";
import * as oauth from "oauth4webapi";
import { findChromium, visit } from "./chromium.ts";
import { type Fault, oauthError } from "./faults.ts";
import { issueTokens } from "./issue_tokens.ts";
import { approveDevice, browse } from "./person.ts";
import { type Provider, startProvider } from "./provider.ts";
import { startProxy } from "./proxy.ts";

const insecure = { [oauth.allowInsecureRequests]: true };
const redirectUri = "http://127.0.0.1:9/callback";
const scope = "openid email profile offline_access";

async function discover(provider: Provider): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(provider.issuer);
  const response = await oauth.discoveryRequest(issuer, insecure);
  return await oauth.processDiscoveryResponse(issuer, response);
}

/** A whole authorization code login, as any client does it. */
async function logIn(
  provider: Provider,
  options: oauth.DPoPRequestOptions & { readonly par?: boolean } = {},
) {
  const server = await discover(provider);
  const client: oauth.Client = { client_id: provider.clientId };
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  let parameters = new URLSearchParams({
    client_id: provider.clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope,
    prompt: "consent",
    state: "the-state",
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  if (options.par) {
    const response = await oauth.pushedAuthorizationRequest(
      server,
      client,
      oauth.None(),
      parameters,
      insecure,
    );
    const { request_uri } = await oauth.processPushedAuthorizationResponse(
      server,
      client,
      response,
    );
    parameters = new URLSearchParams({ client_id: provider.clientId, request_uri });
  }
  const url = `${server.authorization_endpoint}?${parameters}`;
  const { callbackUrl } = await browse(url, { followCallback: false });
  const callback = oauth.validateAuthResponse(server, client, new URL(callbackUrl), "the-state");
  const exchange = async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      callback,
      redirectUri,
      verifier,
      { ...options, ...insecure },
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    return tokens;
  };
  const tokens = await exchange().catch(async (error) => {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return await exchange();
  });
  return { server, client, tokens };
}

async function refresh(provider: Provider, refreshToken: string) {
  const body = new URLSearchParams({
    client_id: provider.clientId,
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  });
  const response = await fetch(`${provider.issuer}/token`, { method: "POST", body });
  return { status: response.status, body: await response.json() };
}

async function me(provider: Provider, accessToken: string | undefined): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${provider.apiUrl}/me`, { headers });
  await response.body?.cancel();
  return response.status;
}

/** What a bare connection gives for one request, until the other side closes it. */
async function raw(provider: Provider, path: string): Promise<string> {
  const { hostname, port } = new URL(provider.issuer);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

Deno.test("startProvider() serves the code flow, and its API takes the token", async () => {
  await using provider = await startProvider();
  const { tokens } = await logIn(provider);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(claims?.email, "ada@example.com");
  assert.equal(claims?.organization, "Example Org");
  assert.equal(tokens.expires_in, 3600);
  assert.ok(tokens.refresh_token);
  assert.equal(await me(provider, tokens.access_token), 200);
  assert.equal(await me(provider, "made-up"), 401);
  const secrets = provider.secrets();
  for (const secret of [tokens.access_token, tokens.refresh_token, tokens.id_token]) {
    assert.ok(secret && secrets.includes(secret));
  }
  assert.ok(secrets.includes(provider.machine.clientSecret));
  const exchange = provider.requests.find(({ grantType }) => grantType === "authorization_code");
  assert.ok(exchange?.form.code && secrets.includes(exchange.form.code));
  assert.ok(exchange.form.code_verifier && secrets.includes(exchange.form.code_verifier));
  assert.equal(exchange.answered, true);
});

Deno.test("browse() gives the callback page, and the error when the person denies", async () => {
  await using provider = await startProvider();
  await using callback = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("You can close this page"),
  );
  const parameters = new URLSearchParams({
    client_id: provider.clientId,
    response_type: "code",
    redirect_uri: `http://127.0.0.1:${callback.addr.port}/callback`,
    scope: "openid",
    code_challenge: "x".repeat(43),
    code_challenge_method: "S256",
  });
  const approved = await browse(`${provider.issuer}/auth?${parameters}`);
  assert.equal(approved.page?.body, "You can close this page");
  assert.ok(new URL(approved.callbackUrl).searchParams.get("code"));
  const denied = await browse(`${provider.issuer}/auth?${parameters}`, { deny: true });
  const answer = new URL(denied.callbackUrl).searchParams;
  assert.equal(answer.get("error"), "access_denied");
  assert.equal(answer.get("iss"), provider.issuer);
});

Deno.test("startProvider() serves the device flow", async (t) => {
  await using provider = await startProvider({ deviceInterval: 1 });
  const server = await discover(provider);
  const client: oauth.Client = { client_id: provider.clientId };
  const begin = async () => {
    const response = await oauth.deviceAuthorizationRequest(
      server,
      client,
      oauth.None(),
      { scope },
      insecure,
    );
    return await oauth.processDeviceAuthorizationResponse(server, client, response);
  };
  const poll = async (deviceCode: string) => {
    const response = await oauth.deviceCodeGrantRequest(
      server,
      client,
      oauth.None(),
      deviceCode,
      insecure,
    );
    return await oauth.processDeviceCodeResponse(server, client, response);
  };

  await t.step("approved by the complete link", async () => {
    const device = await begin();
    assert.equal(device.interval, 1);
    await assert.rejects(poll(device.device_code), { error: "authorization_pending" });
    await approveDevice(device.verification_uri_complete ?? "");
    assert.ok((await poll(device.device_code)).refresh_token);
  });
  await t.step("approved by typing the code, as another user", async () => {
    const device = await begin();
    await approveDevice(device, { user: "grace" });
    const claims = oauth.getValidatedIdTokenClaims(await poll(device.device_code));
    assert.equal(claims?.sub, "grace");
  });
  await t.step("denied", async () => {
    const device = await begin();
    await approveDevice(device, { deny: true });
    await assert.rejects(poll(device.device_code), { error: "access_denied" });
  });
  await t.step("told to slow down", async () => {
    const device = await begin();
    provider.fault({ grantType: "device_code" }, oauthError("slow_down"), { times: 1 });
    await assert.rejects(poll(device.device_code), { error: "slow_down" });
    await assert.rejects(poll(device.device_code), { error: "authorization_pending" });
  });
  await t.step("expired", async () => {
    const device = await begin();
    provider.advance(601);
    await assert.rejects(poll(device.device_code), { error: "expired_token" });
  });
});

Deno.test("a refresh token used again ends the grant when tokens rotate", async () => {
  await using provider = await startProvider();
  const first = await issueTokens(provider);
  assert.equal(provider.requests.length, 0);
  const second = await refresh(provider, first.refresh_token);
  assert.notEqual(second.body.refresh_token, first.refresh_token);
  assert.equal((await refresh(provider, first.refresh_token)).body.error, "invalid_grant");
  assert.equal((await refresh(provider, second.body.refresh_token)).body.error, "invalid_grant");
  assert.equal(provider.count({ path: "token", grantType: "refresh_token" }), 3);
});

Deno.test("only one of many concurrent refreshes wins", async () => {
  await using provider = await startProvider();
  const { refresh_token } = await issueTokens(provider);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => refresh(provider, refresh_token)),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

Deno.test("a refresh token stays when tokens do not rotate", async () => {
  await using provider = await startProvider({ rotate: false });
  const { refresh_token } = await issueTokens(provider);
  assert.equal((await refresh(provider, refresh_token)).body.refresh_token, refresh_token);
  assert.equal((await refresh(provider, refresh_token)).status, 200);
});

Deno.test("endSessions() and refuseAccessTokens() revoke as an administrator would", async () => {
  await using provider = await startProvider();
  const first = await issueTokens(provider);
  provider.refuseAccessTokens();
  assert.equal(await me(provider, first.access_token), 401);
  const second = await refresh(provider, first.refresh_token);
  assert.equal(await me(provider, second.body.access_token), 200);
  provider.endSessions();
  assert.equal((await refresh(provider, second.body.refresh_token)).body.error, "invalid_grant");
});

Deno.test("requirePar refuses a request that was not pushed", async () => {
  await using provider = await startProvider({ requirePar: true });
  assert.ok((await logIn(provider, { par: true })).tokens.access_token);
  await assert.rejects(logIn(provider), { error: "invalid_request" });
});

for (const dpopNonce of [false, true]) {
  Deno.test(`dpop binds tokens to a key, nonce ${dpopNonce}`, async () => {
    await using provider = await startProvider({ dpop: true, dpopNonce });
    const client: oauth.Client = { client_id: provider.clientId };
    const keys = await oauth.generateKeyPair("ES256");
    const { tokens } = await logIn(provider, { DPoP: oauth.DPoP(client, keys) });
    assert.equal(tokens.token_type, "dpop");
    const url = new URL(`${provider.apiUrl}/me`);
    const call = (pair: oauth.CryptoKeyPair) =>
      oauth.protectedResourceRequest(tokens.access_token, "GET", url, undefined, undefined, {
        DPoP: oauth.DPoP(client, pair),
        ...insecure,
      });
    assert.equal((await (await call(keys)).json()).sub, "ada");
    const refused = await call(await oauth.generateKeyPair("ES256")).catch((error) => error);
    assert.ok(refused instanceof oauth.WWWAuthenticateChallengeError);
    await refused.response.body?.cancel();
    assert.equal(await me(provider, tokens.access_token), 401);
    if (!dpopNonce) await assert.rejects(logIn(provider), { error: "invalid_grant" });
  });
}

Deno.test("the machine client gets a token by its secret", async () => {
  await using provider = await startProvider();
  const server = await discover(provider);
  const client: oauth.Client = { client_id: provider.machine.clientId };
  const authenticate = oauth.ClientSecretBasic(provider.machine.clientSecret);
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authenticate,
    { scope: "clusters:read" },
    insecure,
  );
  const tokens = await oauth.processClientCredentialsResponse(server, client, response);
  assert.equal(await me(provider, tokens.access_token), 200);
});

Deno.test("jwtAccessTokens makes them JWTs that the API takes", async () => {
  await using provider = await startProvider({ jwtAccessTokens: true, accessTokenTtl: 60 });
  const { access_token, refresh_token, expires_in } = await issueTokens(provider);
  const { exp = 0, iat = 0, aud } = jose.decodeJwt(access_token);
  assert.deepEqual([exp - iat, expires_in, aud], [60, 60, provider.apiUrl]);
  assert.equal(await me(provider, access_token), 200);
  assert.equal((await refresh(provider, refresh_token)).body.access_token.split(".").length, 3);
  provider.advance(61);
  assert.equal(await me(provider, access_token), 401);
});

Deno.test("forgeIdToken() changes claims or the signature", async () => {
  await using provider = await startProvider();
  const { id_token } = await issueTokens(provider);
  const keys = jose.createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  const own = await provider.forgeIdToken(id_token, { claims: { aud: "someone" } });
  assert.equal((await jose.jwtVerify(own, keys)).payload.aud, "someone");
  const other = await provider.forgeIdToken(id_token, { key: "other" });
  assert.deepEqual(jose.decodeProtectedHeader(other), jose.decodeProtectedHeader(id_token));
  await assert.rejects(jose.jwtVerify(other, keys), jose.errors.JWSSignatureVerificationFailed);
  const none = await provider.forgeIdToken(id_token, { key: "none" });
  assert.equal(jose.decodeProtectedHeader(none).alg, "none");
});

Deno.test("clockOffset moves the Date header and the times in tokens, and nothing outside", async () => {
  const before = Date.now();
  await using provider = await startProvider({ clockOffset: -7200 });
  const response = await fetch(`${provider.issuer}/jwks`);
  await response.body?.cancel();
  const skew = Date.parse(response.headers.get("date") ?? "") - before;
  assert.ok(Math.abs(skew + 7_200_000) < 10_000, `${skew}`);
  const { id_token, access_token } = await issueTokens(provider);
  const { iat = 0 } = jose.decodeJwt(id_token);
  assert.ok(Math.abs(iat - before / 1000 + 7200) < 10);
  assert.equal(await me(provider, access_token), 200);
  assert.ok(Date.now() - before < 10_000);
});

Deno.test("fault() does what it says", async (t) => {
  await using provider = await startProvider();
  const whole = await raw(provider, "/jwks");
  const size = whole.slice(whole.indexOf("\r\n\r\n") + 4).length;
  const check = (fault: Fault, verify: (answer: string) => void) =>
    t.step(fault.kind, async () => {
      provider.fault({ path: "jwks" }, fault, { times: 1 });
      verify(await raw(provider, "/jwks"));
      assert.match(await raw(provider, "/jwks"), /^HTTP\/1.1 200 /);
    });
  const body = { error: "temporarily_unavailable" };
  const headers = { "retry-after": "7" };
  await check({ kind: "status", status: 503, headers, body }, (answer) => {
    assert.match(
      answer,
      /^HTTP\/1.1 503 [^]*retry-after: 7[^]*{"error":"temporarily_unavailable"}$/,
    );
  });
  await check({ kind: "redirect", location: "https://elsewhere.example/" }, (answer) => {
    assert.match(answer, /^HTTP\/1.1 302 [^]*location: https:\/\/elsewhere.example\//);
  });
  await check({ kind: "close" }, (answer) => assert.equal(answer, ""));
  await check({ kind: "close-after" }, (answer) => assert.equal(answer, ""));
  await check({ kind: "slow", ms: 20 }, (answer) => assert.match(answer, /^HTTP\/1.1 200 /));
  await check({ kind: "truncate" }, (answer) => {
    assert.match(answer, new RegExp(`content-length: ${size}`));
    assert.equal(answer.slice(answer.indexOf("\r\n\r\n") + 4).length, Math.floor(size / 2));
  });
  await check({ kind: "rewrite", json: (jwks) => ({ ...jwks, extra: 1 }) }, (answer) => {
    assert.match(answer, /"extra":1}$/);
  });
  await check(
    { kind: "rewrite", answer: (answer) => ({ ...answer, status: 206, body: "{" }) },
    (answer) => assert.match(answer, /^HTTP\/1.1 206 [^]*\r\n\r\n{$/),
  );
});

for (const kind of ["hang", "hang-after"] as const) {
  Deno.test(`fault() of kind ${kind} never answers`, async () => {
    await using provider = await startProvider();
    const remove = provider.fault({ path: "discovery" }, { kind });
    const signal = AbortSignal.timeout(100);
    const url = `${provider.issuer}/.well-known/openid-configuration`;
    await assert.rejects(fetch(url, { signal }), { name: "TimeoutError" });
    assert.equal(provider.requests[0]?.answered, false);
    remove();
    assert.equal((await discover(provider)).issuer, provider.issuer);
  });
}

Deno.test("fault() after processing has spent the refresh token", async () => {
  await using provider = await startProvider();
  const { refresh_token } = await issueTokens(provider);
  provider.fault({ grantType: "refresh_token" }, { kind: "close-after" }, { times: 1 });
  // A stream, as Deno otherwise sends the request again by itself.
  const body = ReadableStream.from([new TextEncoder().encode(
    `client_id=${provider.clientId}&grant_type=refresh_token&refresh_token=${refresh_token}`,
  )]);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  await assert.rejects(fetch(`${provider.issuer}/token`, { method: "POST", headers, body }));
  assert.equal(provider.count({ grantType: "refresh_token" }), 1);
  assert.equal((await refresh(provider, refresh_token)).body.error, "invalid_grant");
});

for (const side of ["before", "after"] as const) {
  Deno.test(`gate() holds a request ${side} it is processed`, async () => {
    await using provider = await startProvider();
    const { refresh_token } = await issueTokens(provider);
    const gate = provider.gate({ grantType: "refresh_token" }, side);
    const held = refresh(provider, refresh_token);
    assert.equal((await gate.arrived).form.refresh_token, refresh_token);
    assert.equal(provider.requests[0]?.answered, false);
    const overtaking = await refresh(provider, refresh_token);
    assert.equal(overtaking.status, side === "before" ? 200 : 400);
    gate.release();
    assert.equal((await held).status, side === "before" ? 400 : 200);
  });
}

Deno.test("down() refuses connections until up()", async () => {
  await using provider = await startProvider();
  provider.down();
  await assert.rejects(discover(provider), /Connection refused/);
  provider.up();
  assert.equal((await discover(provider)).issuer, provider.issuer);
});

Deno.test("tls serves a certificate that only its own authority vouches for", async () => {
  await using provider = await startProvider({ tls: true });
  await using proxy = startProxy();
  const url = `${provider.issuer}/.well-known/openid-configuration`;
  await assert.rejects(fetch(url), /UnknownIssuer/);
  const ca = await Deno.readTextFile(provider.caFile ?? "");
  using client = Deno.createHttpClient({ caCerts: [ca], proxy: { url: proxy.url } });
  const metadata = await (await fetch(url, { client })).json();
  assert.equal(metadata.issuer, provider.issuer);
  assert.match(metadata.token_endpoint, /^https:/);
  assert.deepEqual(proxy.targets, [new URL(provider.issuer).host]);
  assert.ok((await issueTokens(provider)).access_token);
});

Deno.test("startProxy() passes plain requests on", async () => {
  await using provider = await startProvider();
  await using proxy = startProxy();
  using client = Deno.createHttpClient({ proxy: { url: proxy.url } });
  const response = await fetch(`${provider.apiUrl}/me`, { client });
  await response.body?.cancel();
  assert.equal(response.status, 401);
  assert.deepEqual(proxy.targets, [new URL(provider.apiUrl).host]);
});

Deno.test("the API answers pages, GraphQL and an event stream", async () => {
  await using provider = await startProvider();
  const { access_token } = await issueTokens(provider);
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const page = await fetch(`${provider.apiUrl}/clusters?per_page=2`, { headers });
  assert.equal((await page.json()).length, 2);
  assert.match(page.headers.get("link") ?? "", /page=2&per_page=2>; rel="next"/);

  const query = "{ me { email } clusters { name status } broken }";
  const graphql = (query: string, accept = "application/json") =>
    fetch(provider.graphqlUrl, {
      method: "POST",
      headers: { ...headers, accept },
      body: JSON.stringify({ query }),
    });
  const { data, errors } = await (await graphql(query)).json();
  assert.equal(data.me.email, "ada@example.com");
  assert.equal(data.clusters.length, 3);
  assert.equal(errors[0].message, "It is broken");
  const stream = await graphql("subscription { clusterChanged { name } }", "text/event-stream");
  assert.equal((await stream.text()).match(/event: next/g)?.length, 3);

  provider.api.fault({ path: "/clusters" }, { kind: "status", status: 502 }, { times: 1 });
  const failed = await fetch(`${provider.apiUrl}/clusters`, { headers });
  assert.equal(failed.status, 502);
  await failed.body?.cancel();
  assert.equal(provider.api.count({ path: "/clusters" }), 2);
});

const chromium = findChromium();
Deno.test({
  name: "visit() logs in with a real browser",
  ignore: chromium === undefined,
  async fn() {
    await using provider = await startProvider();
    const { device_code, verification_uri_complete } = await (await fetch(
      `${provider.issuer}/device/auth`,
      { method: "POST", body: new URLSearchParams({ client_id: provider.clientId, scope }) },
    )).json();
    const seen = await visit(chromium ?? "", verification_uri_complete);
    assert.match(seen.text, /The device is connected/);
    assert.deepEqual(seen.consoleErrors, []);
    assert.ok(seen.requested.every((url) => url.startsWith(provider.issuer)));
    assert.ok(device_code);
  },
});
