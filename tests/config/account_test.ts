import assert from "node:assert/strict";
import type { ResolveOptions } from "../../src/config/account.ts";
import { requireLoginSettings, resolveAccount } from "../../src/config/account.ts";
import { PRESET_NAMES, presetOf, PRESETS } from "../../src/config/presets.ts";
import { checkSetting } from "../../src/config/setting_values.ts";
import { isSettingKey } from "../../src/config/settings.ts";
import { configOf, failure } from "./support.ts";

async function resolve(
  service: string,
  text = "",
  { env = {}, account = "me", ...options }: ResolveOptions & {
    readonly env?: Record<string, string>;
    readonly account?: string;
  } = {},
) {
  const system = {
    env: (name: string) => env[name],
    cwd: () => "/work",
    platform: "linux" as const,
  };
  return resolveAccount(await configOf(text), system, { service, account }, options);
}

for (const name of PRESET_NAMES) {
  Deno.test(`preset ${name} holds valid settings, and nobody's client`, () => {
    for (const [key, raw] of Object.entries(PRESETS[name].settings)) {
      assert.ok(isSettingKey(key), key);
      const checked = checkSetting(key, raw);
      assert.ok(checked.ok, checked.ok ? "" : `${key} ${checked.must}`);
      assert.ok(key !== "client_id" || name === "vantage");
    }
    const page = presetOf(name)?.registration;
    assert.ok(page === undefined || page.startsWith("https://"));
  });
}

Deno.test("resolveAccount() takes the file over the preset over [oauth] over the default", async () => {
  const text = `[providers.reddit]\nclient_id = "mine"\nscopes = ["read"]\n` +
    `[oauth]\ncallback_port = 1\ncallback_host = "::1"\n`;
  const { settings, definition } = await resolve("reddit", text);
  assert.deepEqual(definition, { kind: "provider", name: "reddit", exists: true });
  assert.deepEqual(settings.scopes, {
    value: ["read"],
    source: { kind: "file", keys: ["providers", "reddit", "scopes"] },
  });
  // What a provider insists on goes before what is convenient elsewhere.
  assert.deepEqual(settings.callback_port, {
    value: 8484,
    source: { kind: "preset", name: "reddit" },
  });
  assert.equal((await resolve("gitlab", text)).settings.callback_host.value, "::1");
  assert.deepEqual(settings.dpop, { value: false, source: { kind: "default" } });
});

Deno.test("resolveAccount() extends a preset under another name", async () => {
  const text = `[providers.work]\nextends = "gitlab"\nissuer = "https://gitlab.example.com"\n`;
  const { settings } = await resolve("work", text);
  assert.equal(settings.issuer?.value, "https://gitlab.example.com");
  assert.deepEqual(settings.client_auth, {
    value: "post",
    source: { kind: "preset", name: "gitlab" },
  });
});

Deno.test("resolveAccount() drops every address of the preset when the file names another provider", async () => {
  const text = `[providers.github]\ntoken_endpoint = "https://ghe.example.com/token"\n`;
  const { settings } = await resolve("github", text);
  assert.equal(settings.token_endpoint?.value, "https://ghe.example.com/token");
  assert.equal(settings.revocation_endpoint, undefined);
  assert.equal(settings.authorization_endpoint, undefined);
  assert.equal(settings.api_url, undefined);
  assert.equal(settings.revocation_method.value, "delete"); // a way of it, not an address
  const kept = await resolve("github", `[providers.github]\nclient_id = "x"\n`);
  assert.equal(kept.settings.api_url?.value, "https://api.github.com");
});

Deno.test("resolveAccount() lets the environment speak for the profile in use only", async () => {
  const env = {
    VANTAGE_CLIENT_ID: "of-the-profile",
    VANTAGE_ISSUER: "https://id.example.com",
    VANTAGE_CA_FILE: "ca.pem",
    SSL_CERT_FILE: "/etc/ca.pem",
  };
  const { settings, sslCertFile } = await resolve("spotify", "", { env });
  assert.equal(settings.client_id, undefined);
  assert.equal(settings.issuer, undefined);
  // Certificates are of the machine.
  assert.equal(settings.ca_file?.value, "/work/ca.pem");
  assert.equal(sslCertFile?.value, "/etc/ca.pem");
  const profile = await resolve("vantage", "", { env, account: "default", environment: true });
  assert.equal(profile.settings.client_id?.value, "of-the-profile");
});

Deno.test("resolveAccount() takes [providers.vantage] for every profile that does not say otherwise", async () => {
  const text = `[providers.vantage]\naudience = "api"\nflow = "device"\n` +
    `[profiles.prod]\nissuer = "https://id.example.com"\nclient_id = "x"\nflow = "browser"\n`;
  const { settings } = await resolve("vantage", text, { account: "prod" });
  assert.deepEqual(settings.audience, {
    value: "api",
    source: { kind: "file", keys: ["providers", "vantage", "audience"] },
  });
  assert.equal(settings.flow.value, "browser");
});

Deno.test("requireLoginSettings() throws provider_unknown when nothing defines the service", async () => {
  const error = await failure(async () => requireLoginSettings(await resolve("githbu")));
  assert.equal(error.code, "provider_unknown");
  assert.match(error.hint ?? "", /^Did you mean 'github'\?/);
});

Deno.test("requireLoginSettings() says where to register a client of a preset", async () => {
  const error = await failure(async () => requireLoginSettings(await resolve("github")));
  assert.equal(error.code, "config_incomplete");
  assert.equal(error.message, "Provider 'github' has no 'client_id'");
  assert.match(
    error.hint ?? "",
    /^Register a client at https:\/\/github\.com\/\S+, then run `vantage provider set github client_id CLIENT_ID`$/,
  );
});

Deno.test("loadConfig() names line and key when a provider, a helper or sops is wrong", async () => {
  const cases: [text: string, message: RegExp, hint?: RegExp][] = [
    [
      "[providers.x]\nextends = 'y'\n",
      /:2: Key 'extends' in \[providers\.x\] must be one of 'vantage'/,
    ],
    ["[providers]\nx = 1\n", /:2: Key 'x' in \[providers\] must be a table$/],
    ["[providers.GitHub]\n", /:1: Provider names 'github' and 'GitHub' differ only in case$/],
    ["[providers.'a b']\n", /:1: Provider name 'a b' must be 1 to 64/],
    [
      "[providers.x]\nauthorize_params = { state = 'y' }\n",
      /:2: Key 'authorize_params' in \[providers\.x\] must not hold client_id,/,
    ],
    ["[providers.x]\ntoken_lifetime = 'long'\n", /must be a duration such as '8h', or 'never'$/],
    [
      "[providers.x]\nclient_secret = 's3cret'\n",
      /:2: Key 'client_secret' in \[providers\.x\] holds a secret/,
      /`vantage provider set x client_secret -`/,
    ],
    [
      "[providers.x]\napi_key = 's3cret'\n",
      /holds a secret/,
      /`vantage account add x ACCOUNT --api-key -`/,
    ],
    ["[storage.sops]\npath = 1\n", /:2: Key 'path' in \[storage\.sops\] must be a string$/],
    ["[storage.sops]\nrecipients = ['x']\n", /must be an array of age recipients/],
    ["[storage.sops]\nidentities = 'x'\n", /:2: Unknown key 'identities' in \[storage\.sops\]$/],
    ["[storage]\nsops = 1\n", /:2: Key 'sops' in \[storage\] must be a table$/],
    ["[credential_helper.svn]\n", /:1: Unknown key 'svn' in \[credential_helper\]/],
    [
      "[credential_helper.git]\n'https://x' = 'a/b'\n",
      /:2: Key 'https:\/\/x' in \[credential_helper\.git\] must be a host/,
    ],
    ["[credential_helper.git]\n'x.com' = 'a'\n", /must be 'SERVICE\/ACCOUNT'$/],
  ];
  for (const [text, message, hint] of cases) {
    const error = await failure(() => configOf(text));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message + error.hint, /s3cret/);
    if (hint) assert.match(error.hint ?? "", hint);
  }
});
