import assert from "node:assert/strict";
import type { SettingFlags } from "../../src/config/account.ts";
import { requireLoginSettings } from "../../src/config/account.ts";
import { resolveProfile } from "../../src/config/profile.ts";
import { describeSource } from "../../src/config/source.ts";
import { configOf, failure } from "./support.ts";

async function resolve(
  text: string,
  env: Record<string, string> = {},
  options: SettingFlags & { readonly profile?: string } = {},
) {
  const config = await configOf(text);
  const system = {
    env: (name: string) => env[name],
    cwd: () => "/work",
    platform: "linux" as const,
  };
  const { profile, ...flags } = options;
  return resolveProfile(config, system, { profile, flags });
}

const PROD = '[profiles.prod]\nissuer = "https://id.example.com"\nclient_id = "cli"\n';

Deno.test("resolveProfile() takes the flag over the environment over the file over the default", async () => {
  const text = `${PROD}scopes = ["a"]\n`;
  const env = { VANTAGE_CLIENT_ID: "from-env", VANTAGE_ISSUER: "https://env.example.com" };
  const flags = { profile: "prod", issuer: "https://flag.example.com" };
  const { settings } = await resolve(text, env, flags);
  assert.deepEqual(settings.issuer, {
    value: "https://flag.example.com",
    source: { kind: "flag", flag: "--issuer" },
  });
  assert.deepEqual(settings.client_id, {
    value: "from-env",
    source: { kind: "env", variable: "VANTAGE_CLIENT_ID" },
  });
  assert.deepEqual(settings.scopes, {
    value: ["a"],
    source: { kind: "file", keys: ["profiles", "prod", "scopes"] },
  });
  assert.deepEqual(settings.flow, { value: "auto", source: { kind: "default" } });
  assert.equal(settings.api_url, undefined);
});

Deno.test("resolveProfile() takes the name from flag, VANTAGE_PROFILE, active_profile, default", async () => {
  const text = `active_profile = "c"\n[profiles.a]\n[profiles.b]\n[profiles.c]\n`;
  assert.equal((await resolve(text, { VANTAGE_PROFILE: "b" }, { profile: "a" })).name, "a");
  const fromEnv = await resolve(text, { VANTAGE_PROFILE: "b" });
  assert.equal(fromEnv.name, "b");
  assert.deepEqual(fromEnv.nameSource, { kind: "env", variable: "VANTAGE_PROFILE" });
  const fromFile = await resolve(text);
  assert.equal(fromFile.name, "c");
  assert.deepEqual(fromFile.nameSource, { kind: "file", keys: ["active_profile"] });
  assert.equal((await resolve("")).name, "default");
});

Deno.test("resolveProfile() throws profile_unknown and names the known when there is no such profile", async () => {
  const byFlag = await failure(() => resolve(PROD, {}, { profile: "prd" }));
  assert.equal(byFlag.code, "profile_unknown");
  assert.equal(byFlag.message, "Cannot read profile: 'prd' is not defined");
  assert.match(byFlag.hint ?? "", /^Did you mean 'prod'\? Defined are 'default', 'prod'; create/);
  const byEnv = await failure(() => resolve(PROD, { VANTAGE_PROFILE: "x" }));
  assert.match(byEnv.message, /VANTAGE_PROFILE/);
  const byFile = await failure(() => resolve('active_profile = "x"\n'));
  assert.match(byFile.message, /active_profile in \/etc\/vantage\/config\.toml/);
  for (const profile of ["constructor", "__proto__", ""]) {
    assert.equal((await failure(() => resolve(PROD, {}, { profile }))).code, "profile_unknown");
  }
});

Deno.test("resolveProfile() derives issuer and api_url when the profile is the shipped default", async () => {
  const { settings } = await resolve("");
  const derived = { kind: "derived", from: "vantage_url" };
  assert.deepEqual(settings.issuer, {
    value: "https://auth.vantagecompute.ai/realms/vantage",
    source: derived,
  });
  assert.deepEqual(settings.api_url, { value: "https://apis.vantagecompute.ai", source: derived });
  assert.deepEqual(settings.client_id, { value: "default", source: { kind: "default" } });
  assert.deepEqual(settings.scopes.value, ["openid", "email", "profile", "offline_access"]);
});

Deno.test("resolveProfile() derives from vantage_url with and without 'app.', and explicit values win", async () => {
  const bare = await resolve('[profiles.x]\nvantage_url = "https://corp.example"\n', {}, {
    profile: "x",
  });
  assert.equal(bare.settings.issuer?.value, "https://auth.corp.example/realms/vantage");
  const text = '[profiles.x]\nvantage_url = "https://app.corp.example:8443/"\n' +
    'api_url = "https://own.example"\n';
  const { settings } = await resolve(text, {}, { profile: "x" });
  assert.equal(settings.issuer?.value, "https://auth.corp.example:8443/realms/vantage");
  assert.equal(settings.api_url?.value, "https://own.example");
});

Deno.test("resolveProfile() drops the shipped vantage_url when something else names the provider", async () => {
  const byEnv = await resolve("", { VANTAGE_ISSUER: "https://id.example.com" });
  assert.equal(byEnv.settings.vantage_url, undefined);
  assert.equal(byEnv.settings.api_url, undefined);
  const byFile = await resolve('[profiles.default]\ntoken_endpoint = "https://t.example/token"\n');
  assert.equal(byFile.settings.issuer, undefined);
  assert.equal(byFile.settings.api_url, undefined);
});

Deno.test("resolveProfile() gives a profile of the file nothing of the shipped default", async () => {
  const { settings } = await resolve("[profiles.x]\n", {}, { profile: "x" });
  assert.equal(settings.issuer, undefined);
  assert.equal(settings.client_id, undefined);
  assert.equal(settings.api_url, undefined);
});

Deno.test("resolveProfile() uses [oauth] and [storage] when the profile does not set its own", async () => {
  const text = `${PROD}callback_port = 1455\n[profiles.y]\n[oauth]\ncallback_port = 9000\n` +
    '[storage]\nprimary = "memory"\n';
  const prod = await resolve(text, {}, { profile: "prod" });
  assert.equal(prod.settings.callback_port.value, 1455);
  assert.equal(prod.settings.store.value, "memory");
  const y = await resolve(text, {}, { profile: "y" });
  assert.deepEqual(y.settings.callback_port, {
    value: 9000,
    source: { kind: "file", keys: ["oauth", "callback_port"] },
  });
});

Deno.test("resolveProfile() tells an explicit refresh_threshold from the default", async () => {
  const implicit = await resolve("");
  assert.deepEqual(implicit.settings.refresh_threshold, {
    value: 300_000,
    source: { kind: "default" },
  });
  const explicit = await resolve('[profiles.default]\nrefresh_threshold = "5m"\n');
  assert.equal(explicit.settings.refresh_threshold.source.kind, "file");
});

Deno.test("resolveProfile() throws config_invalid and names the variable when its value is wrong", async () => {
  const error = await failure(() => resolve("", { VANTAGE_ISSUER: "http://hunter2.example" }));
  assert.equal(error.code, "config_invalid");
  assert.match(error.message, /^Environment variable VANTAGE_ISSUER must /);
  assert.doesNotMatch(error.message, /hunter2/);
  assert.equal(error.hint, "Correct VANTAGE_ISSUER or unset it");
});

Deno.test("resolveProfile() throws usage and names the flag when its value is wrong", async () => {
  const error = await failure(() => resolve("", {}, { scopes: ["openid", 'a"b'] }));
  assert.equal(error.code, "usage");
  assert.match(error.message, /^Value of --scope must /);
  const fine = await resolve("", {}, { scopes: ["openid", "a b"] });
  assert.deepEqual(fine.settings.scopes.value, ["openid", "a", "b"]);
});

Deno.test("resolveProfile() resolves ca_file from where it is written", async () => {
  const inFile = '[profiles.default]\nca_file = "certs/ca.pem"\n';
  assert.equal((await resolve(inFile)).settings.ca_file?.value, "/etc/vantage/certs/ca.pem");
  const byEnv = await resolve(inFile, { VANTAGE_CA_FILE: "ca.pem", SSL_CERT_FILE: "ssl.pem" });
  assert.equal(byEnv.settings.ca_file?.value, "/work/ca.pem");
  assert.deepEqual(byEnv.sslCertFile, {
    value: "/work/ssl.pem",
    source: { kind: "env", variable: "SSL_CERT_FILE" },
  });
  const tilde = '[profiles.default]\nca_file = "~/ca.pem"\n';
  assert.equal(
    (await resolve(tilde, { HOME: "/home/a" })).settings.ca_file?.value,
    "/home/a/ca.pem",
  );
});

Deno.test("requireLoginSettings() throws config_incomplete and names the key that is missing", async () => {
  const profile = await resolve("[profiles.x]\n", {}, { profile: "x" });
  const noIssuer = await failure(() => requireLoginSettings(profile));
  assert.equal(noIssuer.code, "config_incomplete");
  assert.equal(noIssuer.message, "Profile 'x' has no 'issuer'");
  assert.match(noIssuer.hint ?? "", /`vantage profile set issuer \S+ -p x`/);

  const text = '[profiles.x]\ntoken_endpoint = "https://t.example/token"\n';
  const noClient = await failure(async () =>
    requireLoginSettings(await resolve(text, {}, { profile: "x" }))
  );
  assert.equal(noClient.message, "Profile 'x' has no 'client_id'");
  const whole = await resolve(`${text}client_id = "c"\n`, {}, { profile: "x" });
  assert.equal(requireLoginSettings(whole).client_id.value, "c");
});

Deno.test("describeSource() names flag, variable, line, default and origin", async () => {
  const config = await configOf(
    '# c\n[oauth]\ncallback_port = 1\n\n[profiles.a]\n"issuer" = "https://a.example"\n',
  );
  const describe = (source: Parameters<typeof describeSource>[0]) => describeSource(source, config);
  assert.equal(await describe({ kind: "flag", flag: "--scope" }), "flag --scope");
  assert.equal(await describe({ kind: "env", variable: "VANTAGE_ISSUER" }), "VANTAGE_ISSUER");
  assert.equal(await describe({ kind: "default" }), "default");
  assert.equal(
    await describe({ kind: "derived", from: "vantage_url" }),
    "derived from vantage_url",
  );
  const at = (...keys: string[]) => describe({ kind: "file", keys });
  assert.equal(await at("profiles", "a", "issuer"), "config.toml:6");
  assert.equal(await at("oauth", "callback_port"), "config.toml:3");
  assert.equal(await at("profiles"), "config.toml:5");
  assert.equal(await at("gone"), "config.toml");
});
