import assert from "node:assert/strict";
import { findChromium, visit } from "../support/chromium.ts";
import { assertDone, BROWSER, redirectOf, shownCode, shownUrl } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

const chromium = findChromium();
/** A browser starts slowly where every core is busy. */
const timeout = 60_000;
// deno-lint-ignore no-console -- the notice that the test command looks for
if (chromium === undefined) console.log("skipped: chromium is not installed");

Deno.test({
  name: "vantage login --flow browser ends on a quiet page when the browser is a real one",
  ignore: chromium === undefined,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const login = home.start(BROWSER);
    const url = await shownUrl(login);
    const seen = await visit(chromium ?? "", url, { timeout });
    assertDone(await login.result);
    const { origin } = redirectOf(url);
    assert.equal(new URL(seen.url).origin, origin);
    assert.match(seen.text, /You are logged in\s+You can close this page/);
    assert.deepEqual(seen.consoleErrors, []);
    const own = seen.requested.filter((url) => !url.startsWith(provider.issuer));
    assert.deepEqual(own.filter((url) => !url.startsWith("data:")), [seen.url]);
  },
});

Deno.test({
  name: "vantage login --flow browser tells the person when they deny in a real browser",
  ignore: chromium === undefined,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const login = home.start(BROWSER);
    const seen = await visit(chromium ?? "", await shownUrl(login), { deny: true, timeout });
    assert.equal((await login.result).status, 4);
    assert.match(seen.text, /The login failed/);
    assert.equal(provider.count({ path: "token" }), 0);
  },
});

Deno.test({
  name: "vantage login --flow device stores a session when a real browser approves",
  ignore: chromium === undefined,
  async fn() {
    await using provider = await startProvider({ deviceInterval: 1 });
    await using home = await makeHome(provider);
    const login = home.start(["login", "--flow", "device", "--timeout", "60s"]);
    const { verification_uri, user_code } = await shownCode(login);
    await visit(chromium ?? "", `${verification_uri}?user_code=${user_code}`, { timeout });
    assertDone(await login.result);
  },
});
