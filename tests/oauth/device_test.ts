import assert from "node:assert/strict";
import { type ErrorCode, isVantageError, VantageError } from "../../src/errors.ts";
import { NetworkError } from "../../src/http.ts";
import { type DeviceLogin, deviceLogin } from "../../src/oauth/device.ts";
import type { DeviceCode } from "../../src/oauth/device_code.ts";
import { scrub } from "../../src/secret.ts";
import { type Reply, type Stub, stubServer, TOKENS } from "./stub_server.ts";

const GRANTED = { device_code: "a-device-code", user_code: "ABCD", expires_in: 600 };
const PAGE = { verification_uri: "https://id.example.com/device" };
const pending = () => refusal("authorization_pending");
const granted = () => Response.json(TOKENS);

function refusal(error: string, status = 400, headers = {}): Response {
  return Response.json({ error }, { status, headers });
}

function codeAnswer(members: Record<string, unknown> = {}): Response {
  return Response.json({ ...GRANTED, ...PAGE, ...members });
}

/** Logs in by a provider that answers like this. */
async function attempt(
  replies: Reply[],
  options: Partial<DeviceLogin> = {},
): Promise<Stub & { login: ReturnType<typeof deviceLogin>; shown: DeviceCode[] }> {
  const stub = await stubServer(replies);
  const shown: DeviceCode[] = [];
  const login = deviceLogin(stub.server, {
    scopes: ["email"],
    signal: new AbortController().signal,
    onCode: (code) => Promise.resolve(void shown.push(code)),
    onPending() {},
    ...options,
  });
  login.catch(() => {}); // each test awaits it in its own time
  return { ...stub, login, shown };
}

const withCode = (code: ErrorCode) => (error: unknown) => {
  assert(isVantageError(error, code), String(error));
  return true;
};

Deno.test("deviceLogin() polls every 5 s when the server names no interval", async () => {
  const { login, clock, sent } = await attempt([codeAnswer(), pending(), pending(), granted()]);
  assert.equal((await login).accessToken.expose(), TOKENS.access_token);
  assert.deepEqual(clock.sleeps, [5000, 5000, 5000]);
  assert.equal(sent[1]?.form.get("device_code"), GRANTED.device_code);
});

for (
  const [interval, ms] of [[7, 7000], ["7", 7000], [0, 5000], [null, 5000], ["x", 5000], [
    0.1,
    1000,
  ]]
) {
  Deno.test(`deviceLogin() polls every ${ms} ms when interval is ${JSON.stringify(interval)}`, async () => {
    const { login, clock } = await attempt([codeAnswer({ interval }), granted()]);
    await login;
    assert.deepEqual(clock.sleeps, [ms]);
  });
}

for (const status of [400, 403, 429]) {
  Deno.test(`deviceLogin() waits 5 s longer for good when told to slow down by a ${status}`, async () => {
    const slowDown = refusal("slow_down", status);
    const replies = [codeAnswer(), slowDown, pending(), slowDown, pending(), granted()];
    const { login, clock } = await attempt(replies);
    await login;
    assert.deepEqual(clock.sleeps, [5000, 10_000, 10_000, 15_000, 15_000]);
  });
}

const PASSING: [name: string, reply: Reply][] = [
  ["a lost connection", new NetworkError("Reset", { mayHaveArrived: true })],
  ["no connection", new NetworkError("Refused", { mayHaveArrived: false })],
  ["500", new Response("oops", { status: 500 })],
  ["502 with a page", new Response("<html>", { status: 502 })],
  ["503 with an OAuth error", refusal("server_error", 503)],
  ["429 without a body", new Response(null, { status: 429 })],
  ["408", new Response(null, { status: 408 })],
  ["temporarily_unavailable", refusal("temporarily_unavailable")],
];
for (const [name, reply] of PASSING) {
  Deno.test(`deviceLogin() backs off and goes on when a poll meets ${name}`, async () => {
    const { login, clock } = await attempt([
      codeAnswer(),
      reply,
      reply,
      reply,
      pending(),
      granted(),
    ]);
    await login;
    assert.deepEqual(clock.sleeps, [5000, 10_000, 15_000, 25_000, 5000]);
  });
}

Deno.test("deviceLogin() backs off no further than 60 s", async () => {
  const down = new Response(null, { status: 503 });
  const { login, clock } = await attempt([codeAnswer(), down]);
  await assert.rejects(login, withCode("login_expired"));
  assert.equal(Math.max(...clock.sleeps), 65_000);
  assert.equal(clock.sleeps.reduce((sum, ms) => sum + ms), 600_000);
});

Deno.test("deviceLogin() waits as long as Retry-After asks", async () => {
  const busy = new Response(null, { status: 503, headers: { "retry-after": "40" } });
  const { login, clock } = await attempt([codeAnswer(), busy, pending(), granted()]);
  await login;
  assert.deepEqual(clock.sleeps, [5000, 40_000, 5000]);
});

for (
  const [error, code] of [
    ["access_denied", "login_denied"],
    ["authorization_declined", "login_denied"],
    ["expired_token", "login_expired"],
    ["invalid_grant", "login_expired"],
    ["unauthorized_client", "client_refused"],
    ["invalid_client", "client_refused"],
  ] as const
) {
  Deno.test(`deviceLogin() ends with ${code} when the server answers ${error}`, async () => {
    const { login, sent } = await attempt([codeAnswer(), pending(), refusal(error)]);
    await assert.rejects(login, withCode(code));
    assert.equal(sent.length, 3);
  });
}

Deno.test("deviceLogin() takes an error for one when its status is 200", async () => {
  const { login } = await attempt([
    codeAnswer(),
    refusal("authorization_pending", 200),
    refusal("access_denied", 200),
  ]);
  await assert.rejects(login, withCode("login_denied"));
});

Deno.test("deviceLogin() ends with login_expired when the code's life is over", async () => {
  const { login, clock } = await attempt([codeAnswer({ expires_in: 12 }), pending()]);
  await assert.rejects(login, withCode("login_expired"));
  assert.deepEqual(clock.sleeps, [5000, 5000, 2000]);
});

Deno.test("deviceLogin() ends with login_timed_out when the person's time is over first", async () => {
  const { login, clock, shown } = await attempt([codeAnswer(), pending()], { timeoutMs: 8000 });
  const started = clock.now();
  await assert.rejects(login, withCode("login_timed_out"));
  assert.deepEqual(clock.sleeps, [5000, 3000]);
  assert.equal(shown[0]?.expiresAt, started + 8000);
});

Deno.test("deviceLogin() throws the signal's reason when it aborts", async () => {
  const interruption = new AbortController();
  const { login, sent } = await attempt([codeAnswer(), pending()], {
    signal: interruption.signal,
    onPending: () => interruption.abort(new VantageError("interrupted", "Interrupted")),
  });
  await assert.rejects(login, withCode("interrupted"));
  assert.equal(sent.length, 2);
});

for (
  const uri of ["javascript:alert(1)", "file:///etc/passwd", "http://id.example.com/", "x", ""]
) {
  for (const name of ["verification_uri", "verification_uri_complete"]) {
    Deno.test(`deviceLogin() shows nothing when ${name} is '${uri}'`, async () => {
      const { login, shown, sent } = await attempt([codeAnswer({ [name]: uri }), granted()]);
      await assert.rejects(login, /verification_uri/);
      assert.deepEqual([shown.length, sent.length], [0, 1]);
    });
  }
}

Deno.test("deviceLogin() takes Google's name for the address", async () => {
  const { verification_uri: verification_url } = PAGE;
  const answer = Response.json({ ...GRANTED, verification_url });
  const { login, shown } = await attempt([answer, granted()]);
  await login;
  assert.equal(shown[0]?.verificationUri, verification_url);
});

Deno.test("deviceLogin() does not ask again when the keys for a granted ID token are out of reach", async () => {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const now = Math.floor(Date.UTC(2030, 0, 1) / 1000);
  const claims = {
    iss: "https://id.example.com",
    aud: "a-client",
    sub: "x",
    iat: now,
    exp: now + 9,
  };
  const id_token = `${part({ alg: "ES256", kid: "k" })}.${part(claims)}.${part("signature")}`;
  const { login, sent } = await attempt([
    codeAnswer(),
    Response.json({ ...TOKENS, id_token }),
    new NetworkError("Reset", { mayHaveArrived: true }),
  ]);
  await assert.rejects(login, withCode("network"));
  assert.deepEqual(sent.map(({ url }) => new URL(url).pathname), ["/device", "/token", "/jwks"]);
});

Deno.test("deviceLogin() tells no device code when the server repeats it in an error", async () => {
  const error = { error: "invalid_request", error_description: `Bad ${GRANTED.device_code}` };
  const { login } = await attempt([codeAnswer(), Response.json(error, { status: 400 })]);
  const { message } = await login.catch((error) => error);
  assert.match(scrub(message), /invalid_request \(Bad \[redacted\]\)/);
});
