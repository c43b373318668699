import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { startOther } from "../support/api_other.ts";
import { startProvider } from "../support/provider.ts";
import { startProxy } from "../support/proxy.ts";
import { assertDone } from "../support/login.ts";

Deno.test("vantage api trusts the authority of ca_file, VANTAGE_CA_FILE and SSL_CERT_FILE", async () => {
  await using provider = await startProvider({ tls: true });
  await using home = await homeWithApi(provider);
  assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
  const result = await home.run(["graphql", "{ me { sub } }"]);
  assert.equal(answered(result).data.me.sub, "ada");
  assertDone(await home.run(["api", `/files/${1024 * 1024}`, "-o", `${home.dir}/file`]));

  await home.writeConfig({
    issuer: provider.issuer,
    client_id: provider.clientId,
    api_url: provider.apiDirect,
  });
  const { hint } = assertApiFailed(
    await home.run(["api", "/me", "-X", "POST", "--json"]),
    "network",
  );
  assert.match(hint, /ca_file.*VANTAGE_CA_FILE/);
  for (const variable of ["VANTAGE_CA_FILE", "SSL_CERT_FILE"]) {
    const env = { [variable]: provider.caFile ?? "" };
    assert.equal(answered(await home.run(["api", "/me"], { env })).sub, "ada");
  }
});

for (const tls of [false, true]) {
  Deno.test(`vantage api and graphql ask the proxy when there is one, tls ${tls}`, async () => {
    await using provider = await startProvider({ tls });
    await using proxy = startProxy();
    await using home = await homeWithApi(provider, { at: tls ? "direct" : "front" });
    const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
    const { host } = new URL(tls ? provider.apiDirect : provider.apiUrl);
    assert.equal(answered(await home.run(["api", "/me"], { env })).sub, "ada");
    const asked = proxy.targets.length;
    assert.ok(asked >= 1);
    answered(await home.run(["graphql", "{ me { sub } }"], { env }));
    assert.ok(proxy.targets.length > asked);
    assert.deepEqual(new Set(proxy.targets), new Set([host]));
    await home.run(["api", "/me"], { env: { ...env, NO_PROXY: "127.0.0.1" } });
  });
}

Deno.test("vantage api goes by the proxy to where a redirect leads, too", async () => {
  await using provider = await startProvider();
  await using other = startOther();
  await using proxy = startProxy();
  await using home = await homeWithApi(provider, { at: "front" });
  const env = { HTTP_PROXY: proxy.url };
  const target = `/redirect?to=${encodeURIComponent(`${other.origin}/x`)}`;
  assert.deepEqual(answered(await home.run(["api", target], { env })), { other: true });
  assert.ok(proxy.targets.includes(new URL(other.origin).host));
  assert.equal(other.requests[0]?.headers.get("authorization"), null);
  assert.equal(asked(provider).length, 1);
});
