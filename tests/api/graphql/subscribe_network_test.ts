import assert from "node:assert/strict";
import { isVantageError } from "../../../src/errors.ts";
import { webSocket } from "../../../src/system/deno_web_socket.ts";
import { startProxy } from "../../support/proxy.ts";
import { createCertificate } from "../../support/tls.ts";
import { startSubscriptions } from "./subscribe_setup.ts";

const query = "subscription { clusterChanged(count: 1) { name } }";
const first = { data: { clusterChanged: { name: "alpha" } } };

Deno.test("subscribe() trusts the named certificate authority", async () => {
  const { ca, ...tls } = await createCertificate();
  await using server = startSubscriptions({ tls });
  assert.equal(server.url.protocol, "https:");
  const events = server.subscribe({
    webSocket: (url, options) => webSocket(url, options, [ca]),
  }, { query });
  assert.deepEqual((await events.next()).value, first);
  await events.return();
});

Deno.test("subscribe() does not trust a certificate of nobody known", async () => {
  const { ca: _unknown, ...tls } = await createCertificate();
  await using server = startSubscriptions({ tls });
  for (const transport of ["ws", "auto"] as const) {
    const next = server.subscribe({ transport }).next();
    await assert.rejects(next, (error) => {
      assert(isVantageError(error, "network"));
      return /certificate/.test(error.message) && /ca_file/.test(error.hint ?? "");
    });
  }
  assert.equal(server.sockets.taken.length, 0);
});

Deno.test("subscribe() goes by the proxy of the environment", async () => {
  const { ca, ...tls } = await createCertificate();
  await using server = startSubscriptions({ tls });
  await using proxy = startProxy();
  const token = (await server.tokens.token()).value.expose();
  const script = new URL("subscribe_by_proxy.ts", import.meta.url).pathname;
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script, server.url.href, ca, token],
    env: { HTTPS_PROXY: proxy.url, NO_PROXY: "" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), first);
  assert.deepEqual(proxy.targets, [server.url.host]);
});
