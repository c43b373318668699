import assert from "node:assert/strict";
import { assertDone, assertFailed, shownCode } from "../support/login.ts";
import { approveDevice } from "../support/person.ts";
import { homeFor } from "../support/presets/home.ts";
import { json, loggedIn, loggedOut, refreshed, tokenOf } from "../support/presets/steps.ts";
import type { Provider } from "../support/provider.ts";
import { startProvider } from "../support/provider.ts";
import type { Home } from "../support/vantage.ts";

const REGISTRATION = { path: "registration" };

/** A home in which no secret of the provider is printed, nor one that a registration gave. */
async function homeAt(provider: Provider, config = ""): Promise<Home> {
  const given: string[] = [];
  provider.fault(REGISTRATION, {
    kind: "rewrite",
    json(body) {
      const { client_secret, registration_access_token } = body;
      given.push(...[client_secret, registration_access_token].filter(Boolean));
      return body;
    },
  });
  return await homeFor({ secrets: () => [...provider.secrets(), ...given] }, config);
}

const configOf = (home: Home) => Deno.readTextFile(`${home.dir}/config.toml`);

/** The provider then takes no client without a secret. */
function takeSecretsOnly(provider: Provider, ...methods: string[]): void {
  provider.fault({ path: "discovery" }, {
    kind: "rewrite",
    json: (body) => ({ ...body, token_endpoint_auth_methods_supported: methods }),
  });
}

const asked = (provider: Provider) =>
  provider.requests.filter(({ endpoint }) => endpoint === "registration")
    .map(({ body }) => JSON.parse(body));

Deno.test("vantage provider register makes a client that logs in by browser and by device code", async () => {
  await using provider = await startProvider({ registration: "open", deviceInterval: 1 });
  await using home = await homeAt(provider, "# mine\n");
  const args = ["provider", "register", "acme", "--issuer", provider.issuer];
  const answer = await json(home, ...args, "--client-name", "Ada's laptop");
  assert.deepEqual(asked(provider), [{
    client_name: "Ada's laptop",
    application_type: "native",
    redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback"],
    grant_types: [
      "authorization_code",
      "urn:ietf:params:oauth:grant-type:device_code",
      "refresh_token",
    ],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  }]);
  assert.deepEqual([answer.client_auth, answer.client_secret_store], ["none", null]);
  assert.equal(
    await configOf(home),
    `# mine\n\n[providers.acme]\nissuer = "${provider.issuer}"\nclient_id = "${answer.client_id}"\n`,
  );

  await loggedIn(home, "acme", "--flow", "browser");
  await refreshed(home, "acme");
  assert.equal((await json(home, "whoami", "acme", "work")).client_id, answer.client_id);
  assert.deepEqual(await loggedOut(home, "acme"), [true, null]);
  const login = home.start(["login", "acme", "work", "--flow", "device", "--timeout", "60s"]);
  await approveDevice(await shownCode(login));
  assertDone(await login.result);
  assert.ok(await tokenOf(home, "acme"));
});

for (
  const [method, clientAuth] of [
    ["client_secret_basic", "basic"],
    ["client_secret_post", "post"],
  ] as const
) {
  Deno.test(`vantage provider register keeps the secret in the store when the provider takes ${method} only`, async () => {
    await using provider = await startProvider({ registration: "open" });
    await using home = await homeAt(provider);
    takeSecretsOnly(provider, method);
    const result = await home.run(["provider", "register", "acme", "--issuer", provider.issuer]);
    assertDone(result);
    assert.match(result.stdout, /^client secret +in the file store$/m);
    const record = JSON.parse(await Deno.readTextFile(`${home.dir}/tokens/acme/_provider.json`));
    assert.deepEqual(Object.keys(record).filter((key) => /secret|registration/.test(key)), [
      "client_secret",
    ]);
    const config = await configOf(home);
    assert.match(config, new RegExp(`^client_auth = "${clientAuth}"$`, "m"));
    assert.ok(!config.includes(record.client_secret));
    await loggedIn(home, "acme", "--flow", "browser");
    const [request] = provider.requests.filter(({ grantType }) =>
      grantType === "authorization_code"
    );
    assert.equal(request?.headers.has("authorization"), clientAuth === "basic");
    assert.equal(request?.form.client_secret !== undefined, clientAuth === "post");
  });
}

Deno.test("vantage provider register asks for scopes, port and path as they are set", async () => {
  await using provider = await startProvider({ registration: "open" });
  const table = "[providers.acme]\ncallback_port = 7171\ncallback_path = '/cb'\n" +
    "callback_host = 'localhost'\n";
  await using home = await homeAt(provider, table);
  const args = ["provider", "register", "acme", "--issuer", provider.issuer];
  assertDone(await home.run([...args, "--scope", "openid", "--scope", "email"]));
  const [{ redirect_uris, scope }] = asked(provider);
  assert.deepEqual([redirect_uris, scope], [["http://localhost:7171/cb"], "openid email"]);
  assert.match(await configOf(home), /^scopes = \["openid", "email"\]$/m);
});

Deno.test("vantage provider register takes the initial access token from stdin", async () => {
  const initialAccessToken = `initial-${crypto.randomUUID()}`;
  await using provider = await startProvider({ registration: { initialAccessToken } });
  await using home = await homeAt(provider);
  const args = ["provider", "register", "acme", "--issuer", provider.issuer, "--json"];
  const refused = assertFailed(await home.run(args), 4, "client_refused");
  assert.match(refused.hint, /--initial-access-token -/);
  assertFailed(
    await home.run([...args, "--initial-access-token", "on-the-command-line"]),
    2,
    "usage",
  );
  assert.equal(provider.count(REGISTRATION), 1);
  const options = { stdin: `${initialAccessToken}\n` };
  assertDone(await home.run([...args, "--initial-access-token", "-"], options));
  assert.equal(
    provider.requests.findLast(({ endpoint }) => endpoint === "registration")?.headers
      .get("authorization"),
    `Bearer ${initialAccessToken}`,
  );
});

Deno.test("vantage provider register replaces a client when it is forced to, and its secret with it", async () => {
  await using provider = await startProvider({ registration: "open" });
  await using home = await homeAt(provider);
  const args = ["provider", "register", "acme", "--json"];
  const first = await json(home, ...args.slice(0, -1), "--issuer", provider.issuer);
  assertFailed(await home.run(args), 3, "client_exists");
  assert.equal(provider.count(REGISTRATION), 1);
  const stdin = "an-old-client-secret\n";
  assertDone(await home.run(["provider", "set", "acme", "client_secret", "-"], { stdin }));
  const second = await json(home, ...args.slice(0, -1), "--force");
  assert.notEqual(second.client_id, first.client_id);
  await assert.rejects(Deno.stat(`${home.dir}/tokens/acme/_provider.json`));
  await loggedIn(home, "acme", "--flow", "browser");
});

Deno.test("vantage provider register says what to do when the provider has no registration", async () => {
  await using provider = await startProvider();
  await using home = await homeAt(provider);
  const args = ["provider", "register", "acme", "--issuer", provider.issuer, "--json"];
  const { message, hint } = assertFailed(await home.run(args), 1, "not_supported");
  assert.match(message, /has no registration_endpoint$/);
  assert.match(hint, /vantage provider set acme client_id CLIENT_ID/);
  assert.equal(await configOf(home), "");
});

const WRONG: [name: string, args: string[], config: string, status: number, code: string][] = [
  ["its name cannot be one", ["a/b", "--issuer", "https://id.example.com"], "", 2, "usage"],
  ["it is that of the profiles", ["vantage"], "", 2, "usage"],
  ["nothing is known of it", ["acme"], "", 3, "provider_unknown"],
  ["it has no issuer", ["acme"], "[providers.acme]\nflow = 'device'\n", 3, "config_incomplete"],
  ["the issuer is no URL", ["acme", "--issuer", "id.example.com"], "", 2, "usage"],
  [
    "an endpoint of it is another provider's",
    ["acme", "--issuer", "https://id.example.com"],
    "[providers.acme]\ntoken_endpoint = 'https://other.example.com/token'\n",
    2,
    "usage",
  ],
];
for (const [name, args, config, status, code] of WRONG) {
  Deno.test(`vantage provider register refuses a provider when ${name}`, async () => {
    await using home = await homeFor({ secrets: () => [] }, config);
    const result = await home.run(["provider", "register", ...args, "--json"]);
    assertFailed(result, status, code as Parameters<typeof assertFailed>[2]);
    assert.equal(await configOf(home), config);
  });
}

const ANSWERS: [name: string, members: Record<string, unknown>, pattern: RegExp][] = [
  ["no client id", { client_id: undefined }, /client_id/],
  ["a client id with an escape sequence", { client_id: "a\x1b[2Jb" }, /printable ASCII/],
  ["a way to authenticate that needs a key", {
    token_endpoint_auth_method: "private_key_jwt",
  }, /'private_key_jwt'/],
  ["no secret where it wants one", {
    token_endpoint_auth_method: "client_secret_basic",
  }, /'client_secret_basic'/],
];
for (const [name, members, pattern] of ANSWERS) {
  Deno.test(`vantage provider register stores nothing when the answer has ${name}`, async () => {
    await using provider = await startProvider({ registration: "open" });
    await using home = await homeFor(provider, "");
    const change = (body: object) => ({ ...body, ...members });
    provider.fault(REGISTRATION, { kind: "rewrite", json: change });
    const args = ["provider", "register", "acme", "--issuer", provider.issuer];
    const { status, stderr } = await home.run(args);
    assert.match(stderr, pattern);
    // deno-lint-ignore no-control-regex -- it is what is looked for
    assert.doesNotMatch(stderr, /\x1b/);
    assert.ok(status === 4 || status === 5, stderr);
    assert.equal(await configOf(home), "");
  });
}

Deno.test("vantage provider register names the client when the settings cannot be written", async () => {
  await using provider = await startProvider({ registration: "open" });
  await using home = await homeFor(provider, "");
  const gate = provider.gate(REGISTRATION, "after");
  const registering = home.start([
    ...["provider", "register", "acme", "--issuer", provider.issuer, "--json"],
  ]);
  await gate.arrived;
  await Deno.writeTextFile(`${home.dir}/config.toml`, "[providers.acme]\nclient_id = 'another'\n");
  gate.release();
  const { message, hint } = assertFailed(await registering.result, 3, "client_exists");
  assert.match(message, /^Registered the client '\S+', but cannot note it/);
  assert.match(hint, /vantage provider set acme client_id \S+/);
});
