import assert from "node:assert/strict";
import {
  assertDone,
  assertFailed,
  assertNothingStored,
  DEVICE,
  jsonLines,
  shownCode,
} from "../support/login.ts";
import { approveDevice } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

const EVENTS = /"event":"device_code"/;

Deno.test("vantage login --flow device stores a session when the person approves", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  const login = home.start([...DEVICE]);
  await approveDevice(await shownCode(login), { user: "grace" });
  const result = await login.result;
  assertDone(result);
  assert.match(result.stdout, /^Logged in to profile 'test'\nas +grace@example.com\n/);
  assert.match(result.stderr, /To log in, open {4}http\S+\/device\nand enter the code \S+\n/);
  const { session } = await home.readRecord();
  assert.deepEqual([session?.issuer, session?.token_type], [provider.issuer, "Bearer"]);
  assert.equal((await home.run(["token"])).stdout, `${session?.access_token}\n`);
});

Deno.test("vantage login --flow device tells programs its steps when run with --json", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  const login = home.start([...DEVICE, "--json"], { quiet: true });
  await login.line(/"event":"pending"/);
  await approveDevice(await shownCode(login));
  const result = await login.result;
  assertDone(result);
  const lines = jsonLines(result);
  assert.equal(result.stderr, lines.map((line) => JSON.stringify(line) + "\n").join(""));
  const steps = lines.map(({ event }) => event).filter((step, i, all) => step !== all[i - 1]);
  assert.deepEqual(steps, ["device_code", "pending", "authorized"]);
  assert.match(lines[0].verification_uri_complete, /\?user_code=/);
  assert.match(lines[0].expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const answer = JSON.parse(result.stdout);
  assert.deepEqual([answer.subject, answer.already_logged_in, answer.store], [
    "ada",
    false,
    "file",
  ]);
});

Deno.test("vantage login --flow device ends with login_denied when the person denies", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  const login = home.start([...DEVICE, "--json"]);
  await approveDevice(await shownCode(login), { deny: true });
  assertFailed(await login.result, 4, "login_denied");
  await assertNothingStored(home);
});

Deno.test("vantage login --flow device ends with login_expired when the server says so", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  const login = home.start([...DEVICE, "--json"]);
  await login.line(EVENTS);
  provider.advance(601);
  assertFailed(await login.result, 4, "login_expired");
  await assertNothingStored(home);
});

Deno.test("vantage login --flow device ends with login_expired when the code's life is over", async () => {
  await using provider = await startProvider({ deviceInterval: 5, deviceCodeTtl: 1 });
  await using home = await makeHome(provider);
  assertFailed(await home.run([...DEVICE, "--json"]), 4, "login_expired");
  await assertNothingStored(home);
});

Deno.test("vantage login --flow device ends with login_timed_out when --timeout is over", async () => {
  await using provider = await startProvider({ deviceInterval: 5 });
  await using home = await makeHome(provider);
  const result = await home.run(["login", "--flow", "device", "--timeout", "1s", "--json"]);
  assert.match(assertFailed(result, 4, "login_timed_out").hint, /--timeout/);
  await assertNothingStored(home);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`vantage login --flow device leaves nothing behind when ${signal} ends it`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const login = home.start([...DEVICE, "--json"]);
    await login.line(EVENTS);
    login.kill(signal);
    const { status, stdout, stderr } = await login.result;
    assert.deepEqual([status, stdout], [130, ""]);
    assert.match(stderr, /"code":"interrupted"/);
    await assertNothingStored(home);
  });
}

Deno.test("vantage login --flow device ends at once when SIGINT meets a poll without answer", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  const gate = provider.gate({ grantType: "device_code" }, "before");
  const login = home.start([...DEVICE, "--json"]);
  await gate.arrived;
  login.kill("SIGINT");
  assert.equal((await login.result).status, 130);
  await assertNothingStored(home);
});

Deno.test("vantage login --flow device goes on when a poll is cut off", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  const login = home.start([...DEVICE]);
  provider.fault({ grantType: "device_code" }, { kind: "close" }, { times: 1 });
  await approveDevice(await shownCode(login));
  assertDone(await login.result);
  assert.ok(provider.count({ grantType: "device_code" }) >= 2);
});

for (const uri of ["javascript:alert(1)", "file:///etc/passwd"]) {
  Deno.test(`vantage login --flow device shows nothing when the address is ${uri}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const json = (body: object) => ({ ...body, verification_uri_complete: uri });
    provider.fault({ path: "device" }, { kind: "rewrite", json });
    const result = await home.run([...DEVICE, "--json"]);
    assert.match(
      assertFailed(result, 5, "provider_answer").message,
      /verification_uri is not https/,
    );
    assert.doesNotMatch(result.stderr, EVENTS);
  });
}

Deno.test("vantage login --flow device shows no control characters when the provider sends some", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const nasty = "AB\x1b[31m\x07\u009b2JCD\u202e\r\nEF";
  const json = (body: { verification_uri: string }) => ({
    ...body,
    user_code: nasty,
    verification_uri: `${body.verification_uri}?\x1b]0;title\x07\u202e`,
  });
  provider.fault({ path: "device" }, { kind: "rewrite", json });
  const login = home.start(["login", "--flow", "device", "--timeout", "1s"]);
  const [, code] = await login.line(/enter the code (.*)\n/);
  assert.equal(code, "ABCD EF");
  const { stderr } = await login.result;
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

Deno.test("vantage login --flow device draws the address when run with --qr", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const { stderr } = await home.run(["login", "--flow", "device", "--qr", "--timeout", "1s"]);
  const rows = stderr.split("\n").filter((line) => /^[█▀▄ ]{20,}$/.test(line));
  assert.ok(rows.length > 10, stderr);
});

for (const dpopNonce of [false, true]) {
  Deno.test(`vantage login --flow device binds the tokens to a key when dpop is set, nonce ${dpopNonce}`, async () => {
    await using provider = await startProvider({ deviceInterval: 1, dpop: true, dpopNonce });
    await using home = await makeHome(provider, { dpop: true });
    const login = home.start([...DEVICE]);
    await approveDevice(await shownCode(login));
    assertDone(await login.result);
    const { session } = await home.readRecord();
    assert.equal(session?.token_type, "DPoP");
    assert.equal(JSON.parse(String(session?.dpop_key)).kty, "EC");
    assertDone(await home.run(["refresh"]));
    assert.equal((await home.readRecord()).session?.dpop_key, session?.dpop_key);
  });
}

Deno.test("vantage login --flow device says what is missing when the provider has no device codes", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const json = ({ device_authorization_endpoint: _none, ...rest }: Record<string, unknown>) => rest;
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const error = assertFailed(await home.run([...DEVICE, "--json"]), 1, "not_supported");
  assert.match(error.message, /has no device_authorization_endpoint/);
});

Deno.test("vantage login --flow device is refused when the provider does not know the client", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, { client_id: "nobody" });
  const error = assertFailed(await home.run([...DEVICE, "--json"]), 4, "client_refused");
  assert.match(error.message, /invalid_client/);
});
