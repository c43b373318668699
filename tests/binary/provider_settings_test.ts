import assert from "node:assert/strict";
import { assertDone, assertFailed } from "../support/login.ts";
import { CLIENT_ID, homeFor, providerTable } from "../support/presets/home.ts";
import { GITHUB_SECRET, serveGitHub } from "../support/presets/github.ts";
import { json, loggedIn, loggedOut, storeSecret } from "../support/presets/steps.ts";

const NO_SERVER = { secrets: () => ["a-secret-of-the-client"] };

/** The values of all settings, by key. */
async function shown(home: Parameters<typeof json>[0], name: string) {
  const { settings } = await json(home, "provider", "show", name);
  return Object.fromEntries(
    settings.map(({ key, value }: { key: string; value: unknown }) => [key, value]),
  );
}

Deno.test("vantage sends nothing to the preset's addresses when one of them is another's", async () => {
  await using github = serveGitHub();
  const at = `${github.origin}/login/oauth`;
  const table = providerTable("github", {
    authorization_endpoint: `${at}/authorize`,
    token_endpoint: `${at}/access_token`,
    client_id: CLIENT_ID,
  });
  await using home = await homeFor(github, table);
  await storeSecret(home, "github", GITHUB_SECRET);
  await loggedIn(home, "github", "--flow", "browser");
  const [revoked, reason] = await loggedOut(home, "github");
  assert.equal(revoked, false);
  assert.match(reason ?? "", /has no revocation_endpoint$/);
  const settings = await shown(home, "github");
  assert.equal(settings.scope_separator, ",");
  assert.deepEqual(
    [settings.api_url, settings.device_authorization_endpoint],
    [undefined, undefined],
  );
});

Deno.test("vantage provider list and show name the presets and what differs from them", async () => {
  await using home = await homeFor(NO_SERVER, "[providers.reddit]\nclient_id = 'mine'\n");
  const { providers } = await json(home, "provider", "list");
  const row = (name: string) =>
    providers.find((provider: { name: string }) => provider.name === name);
  assert.deepEqual(row("chatgpt"), {
    name: "chatgpt",
    title: "ChatGPT (OpenAI)",
    issuer: "https://auth.openai.com",
    client_id: null,
    source: "preset",
  });
  assert.equal(row("reddit").client_id, "mine");
  assert.match(row("reddit").source, /^config\.toml:1$/);
  const { stdout } = await home.run(["provider", "show", "reddit"]);
  assert.match(stdout, /^register at +https:\/\/www\.reddit\.com\/prefs\/apps$/m);
  assert.match(stdout, /^client_id +mine +config\.toml:2$/m);
});

Deno.test("vantage login names the page where a client is registered when there is none", async () => {
  await using home = await homeFor(NO_SERVER, "");
  const result = await home.run(["login", "spotify", "work", "--json"]);
  const { hint } = assertFailed(result, 3, "config_incomplete");
  assert.match(hint, /developer\.spotify\.com\/dashboard.*vantage provider set spotify client_id/);
});

Deno.test("vantage refuses a client secret in the settings and names the command that stores it", async () => {
  const [secret = ""] = NO_SERVER.secrets();
  const table = providerTable("google", { client_id: CLIENT_ID, client_secret: secret });
  await using home = await homeFor(NO_SERVER, table);
  const result = await home.run(["login", "google", "work", "--json"]);
  const { hint } = assertFailed(result, 3, "config_secret");
  assert.match(hint, /vantage provider set google client_secret -/);
});

Deno.test("vantage provider set keeps a client secret in the store alone", async () => {
  const [secret = ""] = NO_SERVER.secrets();
  await using home = await homeFor(NO_SERVER, providerTable("google", { client_id: CLIENT_ID }));
  const before = await Deno.readTextFile(`${home.dir}/config.toml`);
  const typed = ["provider", "set", "google", "client_secret", "typed-for-all-to-see", "--json"];
  const { message } = assertFailed(await home.run(typed), 2, "usage");
  assert.ok(!message.includes("typed-for-all-to-see"));
  await storeSecret(home, "google", secret);
  assert.equal(await Deno.readTextFile(`${home.dir}/config.toml`), before);
  const record = await Deno.readTextFile(`${home.dir}/tokens/google/_provider.json`);
  assert.equal(JSON.parse(record).client_secret, secret);
  for (const args of [["show", "google"], ["list"]]) {
    assertDone(await home.run(["provider", ...args]));
    assertDone(await home.run(["provider", ...args, "--json"]));
  }
});
