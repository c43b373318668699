import assert from "node:assert/strict";
import { issueTokens } from "../support/issue_tokens.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";
import { changeRecord, runInHome } from "./in_home.ts";

Deno.test("vantage whoami tells what the ID token says, without network", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { status, stdout } = await runInHome(home, provider, ["whoami", "--json"]);
  assert.equal(status, 0);
  const { expires_at, ...rest } = JSON.parse(stdout);
  assert.match(expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(rest, {
    profile: "test",
    service: "vantage",
    account: "test",
    account_id: null,
    subject: "ada",
    name: "Ada",
    email: "ada@example.com",
    organization: "Example Org",
    issuer: provider.issuer,
    client_id: provider.clientId,
  });
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage whoami asks the UserInfo endpoint when the session has no ID token", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await changeRecord(home, (record) => delete record.session.id_token);
  const { status, stdout } = await runInHome(home, provider, ["whoami"]);
  assert.equal(status, 0);
  assert.match(stdout, /^subject {6} ada\nname {9} Ada\nemail {8} ada@example\.com\n/);
  assert.equal(provider.count({ path: "userinfo" }), 1);
});

Deno.test("vantage whoami fails when neither ID token nor UserInfo endpoint say who it is", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await changeRecord(home, (record) => delete record.session.id_token);
  const json = ({ userinfo_endpoint: _none, ...rest }: Record<string, unknown>) => rest;
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const { status, stderr } = await runInHome(home, provider, ["whoami"]);
  assert.equal(status, 1);
  assert.match(stderr, /^error: The session of profile 'test' does not say whose it is$/m);
  assert.match(stderr, /^hint: Add 'openid'/m);
});

Deno.test("vantage whoami takes the token of VANTAGE_TOKEN, and stores nothing", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const { access_token } = await issueTokens(provider, { user: "grace" });
  const env = { VANTAGE_TOKEN: access_token };
  const { status, stdout } = await runInHome(home, provider, ["whoami", "--json"], { env });
  assert.equal(status, 0);
  const { subject, expires_at } = JSON.parse(stdout);
  assert.deepEqual([subject, expires_at], ["grace", null]);
  await assert.rejects(Deno.stat(home.tokenFile));
});

Deno.test("vantage whoami fails when the provider does not know the token of VANTAGE_TOKEN", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const env = { VANTAGE_TOKEN: "not-a-token-of-this-provider" };
  const { status, stdout, stderr } = await runInHome(home, provider, ["whoami"], { env });
  assert.deepEqual([status, stdout], [4, ""]);
  assert.ok(!stderr.includes(env.VANTAGE_TOKEN), stderr);
});

Deno.test("vantage whoami shows claims without control sequences, each on a line", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await changeRecord(home, (record) => delete record.session.id_token);
  const name = "\x1b[2JAda\u202e\nemail  evil@example.com";
  provider.fault({ path: "userinfo" }, { kind: "rewrite", json: (body) => ({ ...body, name }) });
  const { stdout } = await runInHome(home, provider, ["whoami"]);
  assert.match(stdout, /^name {9} Ada email evil@example\.com\nemail {8} ada@example\.com$/m);
  // deno-lint-ignore no-control-regex -- control characters are the subject
  assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\u202e]/);
});
