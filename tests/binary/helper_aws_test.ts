import assert from "node:assert/strict";
import { assertDone, assertFailed } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { BINARY, type Home, type Result } from "../support/vantage.ts";
import { ROLE, startSts, stsError, type StsServer } from "../helpers/sts_server.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const ASSUME = ["credential-helper", "aws", "--role-arn", ROLE];

/** Runs the helper; what AWS gave may be on stdout and nowhere else. */
async function assume(home: Home, sts: StsServer, ...args: string[]): Promise<Result> {
  const result = await home.run([...ASSUME, "--sts-endpoint", sts.endpoint, ...args]);
  for (const secret of sts.secrets) assert.ok(!result.stderr.includes(secret), result.stderr);
  return result;
}

/** What is kept of AWS beside the session. */
async function kept(home: Home) {
  const { exchanged = {} } = await home.readRecord();
  return exchanged as Record<string, { value: string; expires_at: string }>;
}

/** Makes what is kept older, as time would. */
async function age(home: Home, ms: number): Promise<void> {
  const record = await home.readRecord();
  const exchanged = record.exchanged as Record<string, { value: string; expires_at: string }>;
  for (const entry of Object.values(exchanged)) {
    const value = JSON.parse(entry.value);
    value.obtained_at -= ms;
    value.expires_at -= ms;
    entry.value = JSON.stringify(value);
    entry.expires_at = new Date(Date.parse(entry.expires_at) - ms).toISOString();
  }
  await Deno.writeTextFile(home.tokenFile, JSON.stringify(record));
}

Deno.test("vantage credential-helper aws prints credentials for the ID token as credential_process wants them", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  for (const args of [[], ["--json"]]) {
    const { stdout, stderr, status } = await assume(home, sts, ...args);
    assert.equal(status, 0, stderr);
    const { Expiration, ...credentials } = JSON.parse(stdout);
    assert.deepEqual(credentials, {
      Version: 1,
      AccessKeyId: sts.keys[0],
      SecretAccessKey: sts.secrets[0],
      SessionToken: sts.secrets[1],
    });
    assert.match(Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }
  assert.deepEqual(sts.forms, [{
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: ROLE,
    RoleSessionName: "vantage-test",
    WebIdentityToken: home.session.idToken?.expose(),
  }]);
});

Deno.test("vantage credential-helper aws keeps credentials until they are about to expire, for each role by itself", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  assertDone(await assume(home, sts));
  await age(home, 40 * 60_000);
  const { stdout } = await assume(home, sts);
  assert.equal(JSON.parse(stdout).AccessKeyId, sts.keys[0]);
  assert.equal(sts.forms.length, 1);

  await age(home, 10 * 60_000); // ten minutes are left: AWS tools would ask again at once
  const later = await assume(home, sts);
  assert.equal(JSON.parse(later.stdout).AccessKeyId, sts.keys[1]);
  assert.equal(sts.forms.length, 2);

  const others = [
    ["--role-arn", "arn:aws:iam::123456789012:role/other"],
    ["--role-session-name", "other"],
    ["--duration", "15m"],
  ];
  for (const args of others) assertDone(await assume(home, sts, ...args));
  assert.deepEqual(
    sts.forms.slice(2).map(({ RoleArn, RoleSessionName, DurationSeconds }) => [
      RoleArn,
      RoleSessionName,
      DurationSeconds,
    ]),
    [
      ["arn:aws:iam::123456789012:role/other", "vantage-test", undefined],
      [ROLE, "other", undefined],
      [ROLE, "vantage-test", "900"],
    ],
  );
  assert.equal(Object.keys(await kept(home)).length, 4);
});

Deno.test("vantage credential-helper aws asks STS once when 50 of it need credentials", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  const results = await Promise.all(Array.from({ length: 50 }, () => assume(home, sts)));
  for (const { status, stdout, stderr } of results) {
    assert.equal(status, 0, stderr);
    assert.equal(JSON.parse(stdout).AccessKeyId, sts.keys[0]);
  }
  assert.equal(sts.forms.length, 1);
});

Deno.test("vantage credential-helper aws renews an ID token that has expired before it hands it on", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  const record = await home.readRecord();
  const expired = await provider.forgeIdToken(home.session.idToken?.expose() ?? "", {
    claims: { exp: Math.floor(Date.now() / 1000) - 10 },
  });
  Object.assign(record.session ?? {}, { id_token: expired });
  await Deno.writeTextFile(home.tokenFile, JSON.stringify(record));

  assertDone(await assume(home, sts));
  assert.equal(provider.count(REFRESH), 1);
  assert.notEqual(sts.forms[0]?.WebIdentityToken, expired);
  // The renewed session and the credentials are in one record: neither write lost the other.
  const { session } = await home.readRecord();
  assert.equal(session?.id_token, sts.forms[0]?.WebIdentityToken);
  assert.equal(Object.keys(await kept(home)).length, 1);
  assertDone(await home.run(["refresh"]));
  assert.equal(Object.keys(await kept(home)).length, 1);
});

Deno.test("vantage logout removes what AWS gave for the session", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  assertDone(await assume(home, sts));
  assertDone(await home.run(["logout"]));
  for await (const { name } of Deno.readDir(`${home.dir}/tokens/vantage`)) {
    const text = await Deno.readTextFile(`${home.dir}/tokens/vantage/${name}`);
    for (const secret of sts.secrets) assert.ok(!text.includes(secret), name);
  }
  assertFailed(await assume(home, sts, "--json"), 4, "not_logged_in");
  assert.equal(sts.forms.length, 1);
});

Deno.test("vantage credential-helper aws says what STS says, without the token that it may repeat", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  sts.answer = ({ WebIdentityToken }) => ({
    status: 403,
    body: stsError("AccessDenied", `Not authorized &amp; refused: ${WebIdentityToken}`),
  });
  const { message } = assertFailed(await assume(home, sts, "--json"), 1, "exchange_refused");
  assert.match(message, /AccessDenied: Not authorized & refused: \[redacted\]/);

  const text = await assume(home, sts);
  assert.match(text.stderr, /^error: .*AccessDenied/m);
  assert.match(text.stderr, /^hint: .*trust policy/m);
  assert.equal(text.stdout, "");
  const state = await home.readRecord();
  assert.equal(state.session?.access_token, home.session.accessToken.expose());
});

const UNUSABLE = {
  "a failure": [503, stsError("ServiceUnavailable", "Slow down"), "provider_unavailable"],
  "too many requests": [400, stsError("Throttling", "Rate exceeded"), "provider_unavailable"],
  "a page": [200, "<html><body>Log in to the network</body></html>", "provider_answer"],
  "no XML": [200, "{}", "provider_answer"],
  "an XML of another kind": [200, "<GetCallerIdentityResponse/>", "provider_answer"],
  "half an answer": [200, "<AssumeRoleWithWebIdentityResponse><Assume", "provider_answer"],
  "entities": [
    200,
    `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`,
    "provider_answer",
  ],
} as const;

Deno.test("vantage credential-helper aws keeps nothing of an answer that it cannot use", async (t) => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  for (const [name, [status, body, code]] of Object.entries(UNUSABLE)) {
    await t.step(name, async () => {
      sts.answer = { status, body };
      assertFailed(await assume(home, sts, "--json"), 5, code);
      assert.deepEqual(await kept(home), {});
    });
  }
  await t.step("credentials that have expired", async () => {
    sts.answer = undefined;
    sts.lifetime = -1;
    assertFailed(await assume(home, sts, "--json"), 5, "provider_answer");
    assert.deepEqual(await kept(home), {});
  });
});

Deno.test("vantage credential-helper aws does not take the ID token along a redirect", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using elsewhere = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  sts.answer = { status: 307, body: "", headers: { location: elsewhere.endpoint } };
  assertFailed(await assume(home, sts, "--json"), 5, "provider_answer");
  assert.deepEqual([sts.forms.length, elsewhere.forms.length], [1, 0]);
});

Deno.test("vantage credential-helper aws refuses settings that AWS does not take, and asks nobody", async (t) => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  const wrong: Record<string, string[]> = {
    "no ARN": ["--role-arn", "deploy"],
    "a session name of blanks": ["--role-session-name", "my session"],
    "too short": ["--duration", "5m"],
    "too long": ["--duration", "13h"],
    "a host over plain http": ["--sts-endpoint", "http://sts.example.com"],
    "a password in the address": ["--sts-endpoint", "https://user:word@sts.example.com"],
    "no address": ["--sts-endpoint", "sts.example.com"],
  };
  for (const [name, args] of Object.entries(wrong)) {
    await t.step(name, async () => {
      assertFailed(await assume(home, sts, ...args, "--json"), 2, "usage");
    });
  }
  await t.step("no role", async () => {
    assertFailed(await home.run(["credential-helper", "aws", "--json"]), 2, "usage");
  });
  assert.equal(sts.forms.length, 0);
});

Deno.test("vantage credential-helper aws takes role, session and service from the variables of AWS", async () => {
  await using provider = await startProvider();
  await using sts = startSts(provider);
  await using home = await homeWithSession(provider, "fresh");
  const env = {
    AWS_ROLE_ARN: ROLE,
    AWS_ROLE_SESSION_NAME: "nightly",
    AWS_ENDPOINT_URL_STS: sts.endpoint,
  };
  assertDone(await home.run(["credential-helper", "aws"], { env }));
  assert.deepEqual(
    sts.forms.map(({ RoleArn, RoleSessionName }) => [RoleArn, RoleSessionName]),
    [[ROLE, "nightly"]],
  );
});

const aws = await awsVersion();
// deno-lint-ignore no-console -- the notice that the test command looks for
if (aws === undefined) console.log("skipped: awscli is not installed");

Deno.test({
  name: "vantage credential-helper aws serves the real AWS CLI as its credential_process",
  ignore: aws === undefined,
  async fn() {
    await using provider = await startProvider();
    await using sts = startSts(provider);
    await using home = await homeWithSession(provider, "fresh");
    await Deno.writeTextFile(
      `${home.dir}/aws.ini`,
      `[profile test]\nregion = eu-central-1\ncredential_process = "${BINARY}" ${
        ASSUME.join(" ")
      } ` +
        `--sts-endpoint ${sts.endpoint}\n`,
    );
    const ask = async () => {
      const { success, stdout, stderr } = await new Deno.Command("aws", {
        args: ["sts", "get-caller-identity", "--endpoint-url", sts.endpoint, "--output", "json"],
        clearEnv: true,
        env: {
          PATH: Deno.env.get("PATH") ?? "",
          HOME: Deno.env.get("HOME") ?? "",
          VANTAGE_HOME: home.dir,
          AWS_CONFIG_FILE: `${home.dir}/aws.ini`,
          AWS_SHARED_CREDENTIALS_FILE: `${home.dir}/none`,
          AWS_PROFILE: "test",
        },
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    assert.equal((await ask()).UserId, sts.keys[0]);
    assert.equal((await ask()).UserId, sts.keys[0]);
    assert.equal(sts.forms.length, 1);
    await age(home, 55 * 60_000);
    assert.equal((await ask()).UserId, sts.keys[1]);
    assert.equal(sts.forms.length, 2);
  },
});

async function awsVersion(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("aws", { args: ["--version"] }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
