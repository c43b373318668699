import assert from "node:assert/strict";
import { assertDone, assertFailed, BROWSER, logInByBrowser, shownUrl } from "../support/login.ts";
import { browse } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { startProxy } from "../support/proxy.ts";
import { makeHome } from "../support/vantage.ts";

/** A home whose settings do not name the certificate authority of the provider. */
async function trustlessHome(provider: Provider) {
  const home = await makeHome(provider);
  await home.writeConfig({ issuer: provider.issuer, client_id: provider.clientId });
  return home;
}

/** Logs in, looks, refreshes and logs out: a request to each endpoint there is. */
async function useEverything(
  provider: Provider,
  home: Awaited<ReturnType<typeof makeHome>>,
  env: Record<string, string> = {},
): Promise<void> {
  const login = home.start(BROWSER, { env });
  await browse(await shownUrl(login), { ca: provider.ca });
  assertDone(await login.result);
  assertDone(await home.run(["refresh"], { env }));
  const { stdout } = await home.run(["logout", "--json"], { env });
  assert.match(stdout, /"revoked":true/);
  for (const path of ["discovery", "token", "jwks", "revocation"]) {
    assert.ok(provider.count({ path }) > 0, path);
  }
}

Deno.test("vantage trusts the authority of ca_file at every endpoint", async () => {
  await using provider = await startProvider({ tls: true });
  await using home = await makeHome(provider);
  await useEverything(provider, home);
});

for (const variable of ["VANTAGE_CA_FILE", "SSL_CERT_FILE"]) {
  Deno.test(`vantage trusts the authority of ${variable} at every endpoint`, async () => {
    await using provider = await startProvider({ tls: true });
    await using home = await trustlessHome(provider);
    await useEverything(provider, home, { [variable]: provider.caFile ?? "" });
  });
}

Deno.test("vantage login names ca_file when it does not know the provider's authority", async () => {
  await using provider = await startProvider({ tls: true });
  await using home = await trustlessHome(provider);
  const { message, hint } = assertFailed(await home.run([...BROWSER, "--json"]), 5, "network");
  assert.match(message, /certificate|UnknownIssuer/);
  assert.match(hint, /ca_file.*VANTAGE_CA_FILE/);
});

Deno.test("vantage login says which file is missing when ca_file cannot be read", async () => {
  await using provider = await startProvider({ tls: true });
  await using home = await makeHome(provider, { ca_file: "/nowhere/ca.pem" });
  const { message } = assertFailed(await home.run([...BROWSER, "--json"]), 3, "config_unreadable");
  assert.match(message, /\/nowhere\/ca\.pem/);
});

for (const tls of [true, false]) {
  Deno.test(`vantage asks the proxy at every endpoint when there is one, tls ${tls}`, async () => {
    await using provider = await startProvider({ tls });
    await using proxy = startProxy();
    await using home = await makeHome(provider);
    const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
    await useEverything(provider, home, env);
    const { host } = new URL(provider.issuer);
    assert.deepEqual(new Set(proxy.targets), new Set([host]));
    // Four runs of the program ask; the person's browser does not go by the proxy.
    const asked = provider.requests.filter(({ endpoint }) =>
      ["discovery", "token", "jwks", "revocation"].includes(endpoint ?? "")
    );
    if (!tls) assert.equal(proxy.targets.length, asked.length);
  });
}

Deno.test("vantage asks no proxy when NO_PROXY names the provider", async () => {
  await using provider = await startProvider({ tls: true });
  await using proxy = startProxy();
  await using home = await makeHome(provider);
  await useEverything(provider, home, { HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.1" });
  assert.deepEqual(proxy.targets, []);
});

Deno.test("vantage login ends with network when the proxy does not answer", async () => {
  await using provider = await startProvider({ tls: true });
  await using home = await makeHome(provider);
  const closed = startProxy();
  await closed[Symbol.asyncDispose]();
  const result = await home.run([...BROWSER, "--json"], { env: { HTTPS_PROXY: closed.url } });
  assert.match(assertFailed(result, 5, "network").hint, /proxy/);
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage login ends on the loopback listener when there is a proxy", async () => {
  await using provider = await startProvider();
  await using proxy = startProxy();
  await using home = await makeHome(provider);
  const env = { HTTP_PROXY: proxy.url };
  assertDone((await logInByBrowser(home, { env })).result);
});
