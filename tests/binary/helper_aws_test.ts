import assert from "node:assert/strict";
import { makeTool } from "../helpers/tool.ts";
import { startSts, type Sts, stsError } from "../helpers/sts.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { isInstalled } from "../support/pty.ts";
import type { Home } from "../support/vantage.ts";
import { makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const ignore = !await isInstalled("aws");
// deno-lint-ignore no-console -- the notice that the test command looks for
if (ignore) console.log("skipped: aws is not installed");

const ROLE = "arn:aws:iam::123456789012:role/deploy";
const helper = (sts: Sts, ...more: string[]) => [
  ...["credential-helper", "aws", "--role-arn", ROLE, "--sts-endpoint", sts.origin],
  ...more,
];

/** What was answered, checked for its form; what else was said must hold no secret. */
async function credentials(home: Home, sts: Sts, ...more: string[]) {
  const { status, stdout, stderr } = await home.run(helper(sts, ...more));
  assert.equal(status, 0, stderr);
  for (const secret of sts.secrets) assert.ok(!stderr.includes(secret), stderr);
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration, ...rest } = JSON.parse(
    stdout,
  );
  assert.deepEqual([Version, AccessKeyId, rest], [1, "ASIAEXAMPLE", {}]);
  assert.ok(sts.secrets.includes(SecretAccessKey) && sts.secrets.includes(SessionToken));
  return { token: SessionToken, expiresAt: Date.parse(Expiration) };
}

Deno.test("vantage credential-helper aws exchanges the ID token once, and keeps what it got", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using sts = startSts(provider);
  const first = await credentials(home, sts);
  assert.deepEqual(sts.exchanges, [{
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: ROLE,
    RoleSessionName: "vantage-test",
    WebIdentityToken: home.session.idToken?.expose(),
  }]);
  assert.deepEqual(await credentials(home, sts), first);
  assert.deepEqual(await credentials(home, sts, "--json"), first);
  assert.equal(sts.exchanges.length, 1);
  assert.equal(provider.requests.length, 1); // its keys, which the service asked for

  // Another role, session, life: other credentials.
  for (const more of [["--role-session-name", "other"], ["--duration", "2h"]]) {
    assert.notEqual((await credentials(home, sts, ...more)).token, first.token);
  }
  assert.equal(sts.exchanges.length, 3);
  assert.deepEqual(await credentials(home, sts), first);
  assert.equal((await home.run(["refresh"])).status, 0);
  assert.deepEqual(await credentials(home, sts), first);
});

Deno.test("vantage credential-helper aws gets others before the end, with a renewed ID token", async () => {
  await using provider = await startProvider({ clockOffset: -3700 });
  await using home = await homeWithSession(provider, "fresh");
  provider.advance(3700);
  await using sts = startSts(provider);
  const first = await credentials(home, sts, "--duration", "15m");
  assert.equal(provider.count(REFRESH), 1);
  const record = await Deno.readTextFile(home.tokenFile);
  // As if they had been had 12 minutes ago: AWS tools would soon ask for others.
  const aged = record.replaceAll(
    /\\"(obtained_at|expires_at)\\":(\d{13})/g,
    (_, name, ms) => `\\"${name}\\":${Number(ms) - 12 * 60_000}`,
  );
  assert.notEqual(aged, record);
  await Deno.writeTextFile(home.tokenFile, aged);
  const second = await credentials(home, sts, "--duration", "15m");
  assert.notEqual(second.token, first.token);
  assert.equal(sts.exchanges.length, 2);
  assert.equal(provider.count(REFRESH), 1);
});

Deno.test("vantage credential-helper aws makes one exchange when 50 of it need one", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using sts = startSts(provider);
  const all = await Promise.all(Array.from({ length: 50 }, () => credentials(home, sts)));
  assert.equal(new Set(all.map(({ token }) => token)).size, 1);
  assert.equal(sts.exchanges.length, 1);
});

Deno.test("vantage credential-helper aws gives nothing more after a logout", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using sts = startSts(provider);
  await credentials(home, sts);
  assert.equal((await home.run(["logout"])).status, 0);
  const { status, stdout } = await home.run(helper(sts));
  assert.deepEqual([status, stdout], [4, ""]);
  await assert.rejects(Deno.stat(home.tokenFile), Deno.errors.NotFound);
});

for (
  const [what, answer, status, message] of [
    [
      "refuses",
      () => new Response(stsError("AccessDenied", "Not authorized"), { status: 403 }),
      1,
      /^error: AWS STS at http:\S+ refuses the ID token: AccessDenied: Not authorized$/m,
    ],
    ["fails", () => new Response(null, { status: 503 }), 5, /fails with status 503$/m],
    ["answers nonsense", () => new Response("<html>"), 5, /Cannot use the answer of AWS STS/],
    [
      "redirects",
      () => new Response(null, { status: 307, headers: { location: "https://evil.example" } }),
      5,
      /it came with status 307$/m,
    ],
    ["floods", () => new Response(" ".repeat(2 ** 21)), 5, /larger than 1 MiB/],
  ] as const
) {
  Deno.test(`vantage credential-helper aws says so when STS ${what}, and loses nothing`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using sts = startSts(provider);
    sts.answer = answer();
    const before = await home.readRecord();
    const result = await home.run(helper(sts));
    assert.deepEqual([result.status, result.stdout], [status, ""], result.stderr);
    assert.match(result.stderr, message);
    assert.deepEqual(await home.readRecord(), before);
    sts.answer = undefined;
    await credentials(home, sts);
  });
}

Deno.test("vantage credential-helper aws needs an ID token, and never asks a person for one", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using empty = await makeHome(provider);
  assert.equal((await empty.run(helper(sts))).status, 4);
  await using machine = await makeHome(provider, {
    flow: "client-credentials",
    client_id: provider.machine.clientId,
  });
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  const without = await machine.run(helper(sts), { env });
  assert.equal(without.status, 1);
  assert.match(without.stderr, /has no ID token/);
  assert.equal(sts.exchanges.length, 0);
});

Deno.test("vantage credential-helper aws exchanges VANTAGE_TOKEN and keeps nothing of it", async () => {
  await using provider = await startProvider();
  await using issuing = await homeWithSession(provider, "fresh");
  await using home = await makeHome(provider);
  await using sts = startSts(provider);
  const env = { VANTAGE_TOKEN: issuing.session.idToken?.expose() ?? "" };
  for (const _ of [1, 2]) assert.equal((await home.run(helper(sts), { env })).status, 0);
  assert.equal(sts.exchanges.length, 2);
  await assert.rejects(Deno.stat(home.tokenFile), Deno.errors.NotFound);
});

async function setUpAws(home: Home, provider: Provider, sts: Sts) {
  const tool = await makeTool(home, provider, {
    env: { AWS_EC2_METADATA_DISABLED: "true", AWS_DEFAULT_REGION: "eu-central-1" },
    others: () => sts.secrets,
  });
  const line = ["vantage", ...helper(sts)].join(" ");
  const { status, stderr } = await tool.run("aws", [
    ...["configure", "set", "credential_process", line],
  ]);
  assert.equal(status, 0, stderr);
  return tool;
}

Deno.test({
  name: "aws signs with the credentials that the helper gives it",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using sts = startSts(provider);
    await using tool = await setUpAws(home, provider, sts);
    const args = ["sts", "get-caller-identity", "--endpoint-url", sts.origin, "--output", "json"];
    for (const _ of [1, 2]) {
      const { status, stdout, stderr } = await tool.run("aws", args);
      assert.equal(status, 0, stderr);
      assert.equal(JSON.parse(stdout).UserId, "AROAEXAMPLE:vantage-test");
    }
    assert.equal(sts.exchanges.length, 1);
  },
});

Deno.test({
  name: "aws shows how to log in when there is no session",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using sts = startSts(provider);
    await using tool = await setUpAws(home, provider, sts);
    const args = ["sts", "get-caller-identity", "--endpoint-url", sts.origin];
    const { status, stderr } = await tool.run("aws", args);
    assert.notEqual(status, 0);
    assert.match(stderr, /vantage login -p test/);
  },
});
