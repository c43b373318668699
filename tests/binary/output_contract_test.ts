import assert from "node:assert/strict";
import { oauthError } from "../support/faults.ts";
import { assertFailed, jsonLines } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { BINARY, type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

/** Commands that answer, and that leave a session behind. */
const ANSWERING = [
  ["login"],
  ["whoami"],
  ["status"],
  ["token"],
  ["refresh"],
  ["profile", "list"],
  ["profile", "show"],
  ["profile", "set", "refresh_threshold", "2m"],
  ["profile", "use", "test"],
  ["profile", "create", "other"],
  ["profile", "delete", "other", "--yes"],
  ["config", "path"],
  ["config", "check"],
  ["doctor"],
  ["completion", "bash"],
  ["logout"],
];

Deno.test("vantage answers on stdout alone, with one JSON document under --json", async (t) => {
  await using provider = await startProvider();
  await using plain = await homeWithSession(provider, "fresh");
  await using json = await homeWithSession(provider, "fresh");
  for (const command of ANSWERING) {
    await t.step(command.join(" "), async () => {
      const text = await plain.run(command, { quiet: true });
      assert.deepEqual([text.status, text.stderr], [0, ""]);
      assert.ok(text.stdout.endsWith("\n") && !text.stdout.includes("\x1b"), text.stdout);

      const document = await json.run([...command, "--json"], { quiet: true });
      assert.deepEqual([document.status, document.stderr], [0, ""]);
      assert.match(document.stdout, /^\{.*\}\n$/);
      JSON.parse(document.stdout);
    });
  }
});

Deno.test("vantage ends with the status that belongs to the error", async (t) => {
  await using provider = await startProvider();
  const cases: [
    code: Parameters<typeof assertFailed>[2],
    status: number,
    args: string[],
    change: (home: Home) => unknown,
  ][] = [
    ["usage", 2, ["tokn"], () => {}],
    ["input_required", 2, ["profile", "delete", "test"], () => {}],
    ["config_invalid", 3, ["token"], (home) => home.writeConfig({ clent_id: "x" })],
    ["config_incomplete", 3, ["token"], (home) => home.writeConfig({ issuer: provider.issuer })],
    ["profile_unknown", 3, ["token", "-p", "nobody"], () => {}],
    ["not_logged_in", 4, ["token"], (home) => Deno.remove(home.tokenFile)],
    [
      "session_changed",
      4,
      ["token"],
      (home) => home.writeConfig({ issuer: provider.issuer, client_id: "another" }),
    ],
    [
      "network",
      5,
      ["login", "--force"],
      (home) => home.writeConfig({ issuer: "http://127.0.0.1:9", client_id: "x" }),
    ],
    ["store_insecure", 6, ["token"], (home) => Deno.chmod(home.tokenFile, 0o640)],
    ["store_corrupt", 6, ["token"], (home) => Deno.writeTextFile(home.tokenFile, "{")],
  ];
  for (const [code, status, args, change] of cases) {
    await t.step(code, async () => {
      await using home = await homeWithSession(provider, "fresh");
      await change(home);
      assertFailed(await home.run([...args, "--json"]), status, code);
      const { status: plain, stdout, stderr } = await home.run(args, { quiet: true });
      assert.deepEqual([plain, stdout], [status, ""]);
      assert.match(stderr, /^error: .+\n(cause: .+\n)*hint: .+\n$/);
    });
  }
});

Deno.test("vantage says more with -v, and shows a stack trace only then", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "due");
  provider.fault(REFRESH, oauthError("invalid_client", "Who are you?", 401));
  const shown = async (...args: string[]) =>
    (await home.run([...args, "refresh"], { quiet: true })).stderr;
  const quiet = await shown();
  assert.match(quiet, /Who are you\?/);
  assert.doesNotMatch(quiet, /^\s+at |^POST /m);
  for (const flag of ["-v", "-vv", "--verbose"]) {
    const verbose = await shown(flag);
    assert.match(verbose, /^POST http:\/\/127\.0\.0\.1:\d+\/token -> 401 \(\d+ ms\)$/m);
    assert.match(verbose, /^\s+at /m);
  }
});

Deno.test("vantage redacts a refresh token that the provider echoes", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "due");
  const token = home.session.refreshToken?.expose() ?? "";
  for (const echo of [token, encodeURIComponent(token), `<${token}>`]) {
    await t.step(echo.replace(token, "TOKEN"), async () => {
      provider.fault(REFRESH, oauthError("invalid_client", `Cannot use ${echo}`), { times: 2 });
      // The harness fails a run that prints a secret.
      for (const args of [["refresh"], ["refresh", "--json"]]) {
        assert.match((await home.run(args)).stderr, /Cannot use <?\[redacted\]/);
      }
    });
  }
});

Deno.test("vantage shows an error_description as text on one line", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "due");
  const description = "no\x1b[2J\x1b]0;owned\x07\u202e\r\nhint: run evil";
  provider.fault(REFRESH, oauthError("invalid_client", description));
  const { stderr } = await home.run(["refresh"], { quiet: true });
  assert.match(stderr, /no hint: run evil/);
  // deno-lint-ignore no-control-regex -- control characters are the subject
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\u202e]|^hint: run evil/m);
  const [{ error }] = jsonLines(await home.run(["refresh", "--json"], { quiet: true }));
  assert.match(error.message, /no hint: run evil/);
});

Deno.test("vantage paints a pipe only when FORCE_COLOR is set", async () => {
  await using home = await makeHome(undefined, {
    issuer: "https://id.example.com",
    client_id: "x",
  });
  const painted = async (env: Record<string, string>, ...args: string[]) =>
    (await home.run(["status", ...args], { env, quiet: true })).stdout.includes("\x1b[");
  assert.equal(await painted({}), false);
  assert.equal(await painted({ FORCE_COLOR: "1" }), true);
  assert.equal(await painted({ FORCE_COLOR: "1", NO_COLOR: "1" }), false);
  assert.equal(await painted({ FORCE_COLOR: "1" }, "--no-color"), false);
});

Deno.test("vantage does not mind when nobody reads its answer", async () => {
  await using home = await makeHome(undefined, {
    issuer: "https://id.example.com",
    client_id: "x",
  });
  const child = new Deno.Command(BINARY, {
    args: ["completion", "bash"],
    env: { VANTAGE_HOME: home.dir },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel(); // long before the program has started
  const stderr = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, stderr], [0, ""]);
});
