import assert from "node:assert/strict";
import { assertDone, assertFailed, assertNothingStored } from "../support/login.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

/** The settings of a job's profile. */
function job({ machine }: Provider): Record<string, unknown> {
  const scopes = ["openid", "offline_access", "clusters:read"];
  return { client_id: machine.clientId, flow: "client-credentials", scopes };
}

const grantType = "client_credentials";

Deno.test("vantage login --flow client-credentials stores a session when the secret is in the environment", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, job(provider));
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  const result = await home.run(["login", "--json"], { env });
  assertDone(result);
  assert.equal(JSON.parse(result.stdout).refreshable, false);
  const [request] = provider.requests.filter((request) => request.grantType === grantType);
  assert.equal(request?.form.scope, "clusters:read");
  assert.match(request?.headers.get("authorization") ?? "", /^Basic /);
  assert.equal(request?.form.client_secret, undefined);
  const { session, client_secret } = await home.readRecord();
  assert.deepEqual([session?.refresh_token, client_secret], [undefined, undefined]);
});

Deno.test("vantage token needs no login when the client secret is stored", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, job(provider));
  const secret = { stdin: `${provider.machine.clientSecret}\n` };
  assertDone(await home.run(["profile", "set", "client_secret", "-"], secret));
  const token = (await home.run(["token"])).stdout;
  assert.match(token, /^\S{20,}\n$/);
  assert.equal((await home.run(["token"])).stdout, token);
  assert.equal(provider.count({ grantType }), 1);
  assertDone(await home.run(["token", "--check"]));
  assert.notEqual((await home.run(["token", "--refresh"])).stdout, token);
  assert.equal((await home.readRecord()).client_secret, provider.machine.clientSecret);
});

Deno.test("vantage login --flow client-credentials keeps the stored client secret", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, job(provider));
  const secret = { stdin: provider.machine.clientSecret };
  assertDone(await home.run(["profile", "set", "client_secret", "-"], secret));
  assertDone(await home.run(["login"]));
  assertDone(await home.run(["login", "--force"]));
  assert.equal((await home.readRecord()).client_secret, provider.machine.clientSecret);
});

Deno.test("vantage login --flow client-credentials prefers the secret of the environment", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, job(provider));
  assertDone(
    await home.run(["profile", "set", "client_secret", "-"], { stdin: "an-older-secret" }),
  );
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  assertDone(await home.run(["login"], { env }));
});

for (const command of ["login", "token"]) {
  Deno.test(`vantage ${command} ends with config_incomplete when the client secret is missing`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider, job(provider));
    const result = await home.run([command, "--json"]);
    assert.match(assertFailed(result, 3, "config_incomplete").hint, /VANTAGE_CLIENT_SECRET/);
    assert.equal(provider.count({ path: "token" }), 0);
    await assertNothingStored(home);
  });

  Deno.test(`vantage ${command} ends with client_refused when the client secret is wrong`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider, job(provider));
    const env = { VANTAGE_CLIENT_SECRET: "not-the-secret" };
    const result = await home.run([command, "--json"], { env });
    const { message } = assertFailed(result, 4, "client_refused");
    assert.match(message, /invalid_client/);
    assert.ok(!result.stderr.includes(env.VANTAGE_CLIENT_SECRET));
    assert.equal(provider.count({ path: "token" }), 1);
    await assertNothingStored(home);
  });
}

Deno.test("vantage login --flow client-credentials sends the secret in the form when the provider only takes it there", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, job(provider));
  const token_endpoint_auth_methods_supported = ["client_secret_post", "none"];
  const json = (body: object) => ({ ...body, token_endpoint_auth_methods_supported });
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  await home.run(["login", "--json"], { env });
  const [request] = provider.requests.filter((request) => request.grantType === grantType);
  assert.equal(request?.form.client_secret, provider.machine.clientSecret);
  assert.equal(request?.headers.get("authorization"), null);
});

Deno.test("vantage login --flow client-credentials binds the token to a key when dpop is set", async () => {
  await using provider = await startProvider({ dpop: true, dpopNonce: true });
  await using home = await makeHome(provider, { ...job(provider), dpop: true });
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  assertDone(await home.run(["login"], { env }));
  const before = await home.readRecord();
  assert.equal(before.session?.token_type, "DPoP");
  assertDone(await home.run(["token", "--refresh"], { env }));
  assert.equal((await home.readRecord()).session?.dpop_key, before.session?.dpop_key);
});

Deno.test("vantage login --flow client-credentials ends with 130 when SIGINT meets no answer", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, job(provider));
  const gate = provider.gate({ grantType }, "before");
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  const login = home.start(["login"], { env });
  await gate.arrived;
  login.kill("SIGINT");
  assert.equal((await login.result).status, 130);
  await assertNothingStored(home);
});
