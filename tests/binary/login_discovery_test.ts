import assert from "node:assert/strict";
import type { Fault } from "../support/faults.ts";
import type { ErrorCode } from "../../src/errors.ts";
import {
  assertDone,
  assertFailed,
  assertNothingStored,
  BROWSER,
  DEVICE,
  logInByBrowser,
  shownUrl,
} from "../support/login.ts";
import { browse } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

const OIDC = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";
const changed = (change: Record<string, unknown>): Fault => ({
  kind: "rewrite",
  json: (metadata) => ({ ...metadata, ...change }),
});

/** What may stand where the metadata should, and how the login then ends. */
const BROKEN: [what: string, fault: Fault, status: number, code: ErrorCode, message: RegExp][] = [
  [
    "names another issuer",
    changed({ issuer: "https://evil.example.com" }),
    4,
    "login_rejected",
    /another issuer/,
  ],
  ["names no issuer", changed({ issuer: undefined }), 4, "login_rejected", /issuer/],
  [
    "is a page",
    { kind: "status", status: 200, body: "<h1>Hello</h1>" },
    5,
    "provider_answer",
    /without a JSON object/,
  ],
  [
    "is a redirect",
    { kind: "redirect", location: "https://evil.example.com/" },
    5,
    "provider_answer",
    /answered 302/,
  ],
  ["is missing", { kind: "status", status: 404 }, 5, "provider_answer", /answered 404/],
  [
    "is forbidden",
    { kind: "status", status: 403, body: "no" },
    5,
    "provider_answer",
    /answered 403/,
  ],
  ["fails", { kind: "status", status: 503 }, 5, "provider_unavailable", /answered 503/],
  ["is cut short", { kind: "truncate" }, 5, "network", /Cannot read the answer/],
  ["is never sent", { kind: "close" }, 5, "network", /Cannot reach/],
];
for (const [what, fault, status, code, message] of BROKEN) {
  Deno.test(`vantage login ends with ${code} when the metadata ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    provider.fault({ path: "discovery" }, fault);
    const error = assertFailed(await home.run([...BROWSER, "--json"]), status, code);
    assert.match(error.message, message);
    assert.deepEqual(provider.requests.filter(({ endpoint }) => endpoint !== "discovery"), []);
    await assertNothingStored(home);
  });
}

Deno.test("vantage login ends with network when nobody listens at the issuer", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  provider.down();
  assertFailed(await home.run([...BROWSER, "--json"]), 5, "network");
  provider.up();
});

Deno.test("vantage login ends at once when SIGINT meets metadata that do not come", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const gate = provider.gate({ path: "discovery" }, "before");
  const login = home.start([...BROWSER, "--json"]);
  await gate.arrived;
  login.kill("SIGINT");
  const { status, stderr } = await login.result;
  assert.equal(status, 130, stderr);
});

/** Endpoints that must not be http, and a login that would use them. */
const ENDPOINTS: [name: string, args: string[]][] = [
  ["authorization_endpoint", BROWSER],
  ["pushed_authorization_request_endpoint", BROWSER],
  ["token_endpoint", BROWSER],
  ["jwks_uri", BROWSER],
  ["device_authorization_endpoint", DEVICE],
  ["token_endpoint", DEVICE],
];
for (const [name, args] of ENDPOINTS) {
  Deno.test(`vantage ${args.slice(0, 3).join(" ")} sends nothing when ${name} of the metadata is not https`, async () => {
    await using provider = await startProvider({ requirePar: name.startsWith("pushed") });
    await using home = await makeHome(provider);
    provider.fault({ path: "discovery" }, changed({ [name]: "http://id.example.com/x" }));
    const result = await home.run([...args, "--json"]);
    const { message } = assertFailed(result, 5, "provider_answer");
    assert.equal(message, `The provider's ${name} is not https: 'http://id.example.com'`);
    assert.equal(provider.requests.length, 1);
    assert.doesNotMatch(result.stderr, /(GET|POST) http:\/\/id\.example\.com|"event"/);
    await assertNothingStored(home);
  });
}

for (
  const [name, command] of [["userinfo_endpoint", "whoami"], [
    "revocation_endpoint",
    "logout",
  ]] as const
) {
  Deno.test(`vantage ${command} sends no token when ${name} of the metadata is not https`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider, { scopes: ["clusters:read"] });
    provider.fault({ path: "discovery" }, changed({ [name]: "http://id.example.com/x" }));
    assertDone((await logInByBrowser(home)).result);
    const { stdout, stderr } = await home.run([command]);
    assert.match(stdout + stderr, new RegExp(`${name} is not https`));
    assert.doesNotMatch(stderr, /(GET|POST) http:\/\/id\.example\.com/);
  });
}

Deno.test("vantage login finds the metadata of RFC 8414 when there is none of OpenID Connect", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  provider.fault({ path: OIDC }, { kind: "status", status: 404 });
  assertDone((await logInByBrowser(home)).result);
  const asked = provider.requests.filter(({ endpoint }) => endpoint === "discovery");
  assert.deepEqual(asked.map(({ path }) => path), [OIDC, OAUTH]);
});

Deno.test("vantage asks for the metadata once when it was asked for at the login", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  for (let i = 0; i < 2; i++) assertDone(await home.run(["refresh"]));
  assert.equal(provider.count({ path: "discovery" }), 1);
  assertDone((await logInByBrowser(home, { args: ["--force"] })).result);
  assert.equal(provider.count({ path: "discovery" }), 2);
});

for (
  const [what, spoil] of [
    ["is damaged", (path: string) => Deno.writeTextFile(path, '{"issuer":')],
    ["may be written by others", (path: string) => Deno.chmod(path, 0o666)],
    ["is of another issuer", async (path: string) =>
      Deno.writeTextFile(
        path,
        (await Deno.readTextFile(path)).replace(/"issuer":"[^"]+"/, '"issuer":"https://x"'),
      )],
  ] as const
) {
  Deno.test(`vantage refresh asks for the metadata again when the copy ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    assertDone((await logInByBrowser(home)).result);
    const dir = `${home.dir}/cache/issuers`;
    const copies = await Array.fromAsync(Deno.readDir(dir));
    assert.equal(copies.length, 1);
    await spoil(`${dir}/${copies[0]?.name}`);
    assertDone(await home.run(["refresh"]));
    assert.equal(provider.count({ path: "discovery" }), 2);
  });
}

/** A provider's endpoints, for settings that name them by hand. */
function byHand(provider: Provider): Record<string, string> {
  const { issuer } = provider;
  return {
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    device_authorization_endpoint: `${issuer}/device/auth`,
    userinfo_endpoint: `${issuer}/me`,
    revocation_endpoint: `${issuer}/token/revocation`,
  };
}

Deno.test("vantage needs no metadata when the settings name the endpoints", async () => {
  await using provider = await startProvider();
  const jwks_uri = `${provider.issuer}/jwks`;
  await using home = await makeHome(provider, { ...byHand(provider), jwks_uri });
  assertDone((await logInByBrowser(home)).result);
  assertDone(await home.run(["refresh"]));
  assert.match((await home.run(["logout"])).stdout, /^Logged out/);
  assert.equal(provider.count({ path: "revocation" }), 2);
  assert.equal(provider.count({ path: "discovery" }), 0);
});

Deno.test("vantage login needs no issuer when the settings name the endpoints and openid is not asked for", async () => {
  await using provider = await startProvider();
  const { clientId: client_id } = provider;
  const settings = { client_id, ...byHand(provider), scopes: ["clusters:read", "offline_access"] };
  await using home = await makeHome(provider);
  await home.writeConfig(settings);
  assertDone((await logInByBrowser(home)).result);
  assertDone(await home.run(["refresh"]));
  assert.equal(provider.count({ path: "discovery" }), 0);
});

Deno.test("vantage login says what is missing when the settings name no jwks_uri and openid is asked for", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, byHand(provider));
  const { message, hint } = assertFailed(
    await home.run([...BROWSER, "--json"]),
    1,
    "not_supported",
  );
  assert.match(message, /no jwks_uri/);
  assert.match(hint, /vantage profile set jwks_uri URL/);
});

Deno.test("vantage login follows the metadata to another origin when its issuer is right", async () => {
  await using provider = await startProvider();
  await using other = await startProvider();
  await using home = await makeHome(provider);
  const authorization_endpoint = `${other.issuer}/auth`;
  provider.fault({ path: "discovery" }, changed({ authorization_endpoint }));
  const login = home.start([...BROWSER, "--json"]);
  const url = await shownUrl(login);
  assert.ok(url.startsWith(authorization_endpoint));
  // The other provider's answer says whose it is, so its code is not sent here (RFC 9207).
  await browse(url);
  assertFailed(await login.result, 4, "login_rejected");
  assert.equal(provider.count({ path: "token" }), 0);
});
