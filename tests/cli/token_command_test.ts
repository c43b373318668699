import assert from "node:assert/strict";
import { shownCode } from "../support/login.ts";
import { approveDevice } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";
import { inHome, runInHome } from "./in_home.ts";

const AT_A_TERMINAL = { terminals: ["stdin", "stderr"] } as const;

Deno.test("vantage token starts the login when a person is there and nobody is logged in", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider, { flow: "device" });
  const command = inHome(home, ["token", "--no-color"], AT_A_TERMINAL);
  const running = command.run();
  await approveDevice(await shownCode(command.stderr));
  const { status, stdout, stderr } = await running;
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${(await home.readRecord()).session?.access_token}\n`);
  assert.match(stderr, /^Not logged in to 'vantage\/test'\.\n/);
});

Deno.test("vantage token starts the login over when a person is there and the session has ended", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await homeWithSession(provider, "dead", { flow: "device" });
  provider.endSessions();
  const command = inHome(home, ["token", "--no-color"], AT_A_TERMINAL);
  const running = command.run();
  await approveDevice(await shownCode(command.stderr));
  const { status, stdout, stderr } = await running;
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${(await home.readRecord()).session?.access_token}\n`);
  assert.match(stderr, /^The provider no longer accepts the saved session/);
  assert.equal(provider.count({ path: "token", grantType: "refresh_token" }), 1);
});

for (
  const [name, options, args] of [
    ["there is no terminal", {}, []],
    ["CI is set", { ...AT_A_TERMINAL, env: { CI: "true" } }, []],
    ["VANTAGE_NO_INPUT is set", { ...AT_A_TERMINAL, env: { VANTAGE_NO_INPUT: "1" } }, []],
    ["--no-input is given", AT_A_TERMINAL, ["--no-input"]],
    ["only stdin is a terminal", { terminals: ["stdin"] }, []],
  ] as const
) {
  Deno.test(`vantage token fails with session_ended and starts no login when ${name}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "dead", { flow: "device" });
    provider.endSessions();
    const result = await runInHome(home, provider, ["token", "--json", ...args], options);
    assert.deepEqual([result.status, result.stdout], [4, ""]);
    const { error } = JSON.parse(result.stderr.trimEnd().split("\n").at(-1) ?? "");
    assert.deepEqual([error.code, error.hint], ["session_ended", "Run `vantage login -p test`"]);
    assert.equal(provider.count({ path: "/device/auth" }), 0);
  });
}

Deno.test("vantage token prints the token in the format that is asked for", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const value = home.session.accessToken.expose();
  const expires_at = new Date(Math.floor(home.session.expiresAt / 1000) * 1000).toISOString()
    .replace(".000", "");
  const json = JSON.stringify({ access_token: value, token_type: "Bearer", expires_at }) + "\n";
  const cases: [args: string[], stdout: string][] = [
    [[], `${value}\n`],
    [["--format", "raw"], `${value}\n`],
    [["--format", "header"], `Authorization: Bearer ${value}\n`],
    [["--format", "env"], `VANTAGE_TOKEN=${value}\n`],
    [["--format", "json"], json],
    [["--json"], json],
  ];
  for (const [args, stdout] of cases) {
    assert.deepEqual(await inHome(home, ["token", ...args]).run(), {
      status: 0,
      stdout,
      stderr: "",
    });
  }
});

Deno.test("vantage token --check prints nothing and tells by its status whether a login is needed", async () => {
  await using provider = await startProvider();
  for (const life of ["fresh", "due", "dead"] as const) {
    await using home = await homeWithSession(provider, life);
    const expected = { status: 0, stdout: "", stderr: "" };
    assert.deepEqual(await inHome(home, ["token", "--check"]).run(), expected);
    assert.deepEqual(await inHome(home, ["token", "--check", "--json"]).run(), expected);
  }
  await using home = await makeHome(provider);
  const { status, stdout } = await inHome(home, ["token", "--check"]).run();
  assert.deepEqual([status, stdout], [4, ""]);
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage token prints what VANTAGE_TOKEN holds, as it is", async () => {
  await using home = await makeHome(undefined);
  const env = { VANTAGE_TOKEN: "ready-made-token" };
  const { status, stdout } = await inHome(home, ["token"], { env }).run();
  assert.deepEqual([status, stdout], [0, "ready-made-token\n"]);
});

for (const args of [["refresh"], ["token", "--refresh"]]) {
  Deno.test(`vantage ${args.join(" ")} refuses when the token is the one of VANTAGE_TOKEN`, async () => {
    await using home = await makeHome(undefined);
    const env = { VANTAGE_TOKEN: "ready-made-token" };
    const { status, stdout, stderr } = await inHome(home, args, { env }).run();
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^error: Cannot refresh the token that VANTAGE_TOKEN holds\nhint: Unset/);
  });
}

Deno.test("vantage refresh renews a good token and prints nothing but the new expiry", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { status, stdout } = await runInHome(home, provider, ["refresh"]);
  assert.equal(status, 0);
  const { session } = await home.readRecord();
  const expiry = String(session?.expires_at).replace(/\.\d+Z/, "Z");
  assert.equal(stdout, `${expiry}\n`);
  assert.notEqual(session?.access_token, home.session.accessToken.expose());
  assert.equal(provider.count({ path: "token", grantType: "refresh_token" }), 1);
});
