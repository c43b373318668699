import assert from "node:assert/strict";
import {
  assertDone,
  assertFailed,
  BROWSER,
  logInByBrowser,
  redirectOf,
  shownUrl,
} from "../support/login.ts";
import { browse } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

/** Sends one request to the listener, with a Host header that `fetch` would not send. */
async function send(
  to: URL,
  { method = "GET", target = to.pathname + to.search, host = to.host } = {},
): Promise<{ status: number; text: string }> {
  using connection = await Deno.connect({
    hostname: to.hostname.replace(/^\[|\]$/g, ""),
    port: Number(to.port),
  });
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, "Connection: close", "", ""];
  await connection.write(new TextEncoder().encode(lines.join("\r\n")));
  const text = await new Response(connection.readable).text();
  return { status: Number(text.split(" ")[1]), text };
}

/** Requests that are none of the login, and the status they get. */
const STRAY: [what: string, status: number, of: (to: URL) => Parameters<typeof send>[1]][] = [
  ["a wrong state", 400, (to) => ({ target: `${to.pathname}?code=x&state=wrong` })],
  ["no state", 400, (to) => ({ target: `${to.pathname}?code=x` })],
  ["an error with a wrong state", 400, (to) => ({
    target: `${to.pathname}?error=access_denied&state=wrong`,
  })],
  ["another name for this machine", 421, (to) => ({ host: `localhost:${to.port}` })],
  ["a name of another site", 421, () => ({ host: "evil.example.com" })],
  ["no port in its Host", 421, (to) => ({ host: to.hostname })],
  ["another path", 404, () => ({ target: "/" })],
  ["a longer path", 404, (to) => ({ target: `${to.pathname}/x${to.search}` })],
  ["the icon's path", 404, () => ({ target: "/favicon.ico" })],
  ["POST", 404, () => ({ method: "POST" })],
  ["HEAD", 404, () => ({ method: "HEAD" })],
];

Deno.test("vantage login --flow browser goes on when requests come that are none of it", async (t) => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const login = home.start([...BROWSER]);
  const { callbackUrl } = await browse(await shownUrl(login), { followCallback: false });
  const callback = new URL(callbackUrl);
  for (const [what, status, request] of STRAY) {
    await t.step(`${what} gets ${status}`, async () => {
      const answer = await send(callback, request(callback));
      assert.equal(answer.status, status);
      assert.ok(!answer.text.includes(callback.searchParams.get("code") ?? "-"));
    });
  }
  assert.equal(provider.count({ grantType: "authorization_code" }), 0);
  assert.equal((await send(callback)).status, 200);
  assertDone(await login.result);
});

Deno.test("vantage login --flow browser takes one answer only when it comes twice", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const gate = provider.gate({ grantType: "authorization_code" }, "before");
  const login = home.start([...BROWSER]);
  const { callbackUrl } = await browse(await shownUrl(login), { followCallback: false });
  const first = send(new URL(callbackUrl));
  await gate.arrived;
  assert.equal((await send(new URL(callbackUrl))).status, 410);
  gate.release();
  assert.equal((await first).status, 200);
  assertDone(await login.result);
  assert.equal(provider.count({ grantType: "authorization_code" }), 1);
});

/** Changes to the callback that the program must not believe. */
const FORGED: [what: string, change: (query: URLSearchParams) => void, reason: RegExp][] = [
  ["iss is of another issuer", (q) => q.set("iss", "https://evil.example.com"), /"iss"/],
  ["iss is missing", (q) => q.delete("iss"), /"iss".* missing/],
  ["there are two codes", (q) => q.append("code", "x"), /"code"/],
  ["there is no code", (q) => q.delete("code"), /code/],
];
for (const [what, change, reason] of FORGED) {
  Deno.test(`vantage login --flow browser ends with login_rejected when ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const login = home.start([...BROWSER, "--json"]);
    const { callbackUrl } = await browse(await shownUrl(login), { followCallback: false });
    const callback = new URL(callbackUrl);
    change(callback.searchParams);
    const { status, text } = await send(callback);
    assert.deepEqual([status, /The login failed/.test(text)], [400, true]);
    const error = assertFailed(await login.result, 4, "login_rejected");
    assert.match(error.message, reason);
    assert.equal(provider.count({ path: "token" }), 0);
  });
}

for (const deny of [false, true]) {
  Deno.test(`vantage login --flow browser ends on a page that holds and loads nothing, denied ${deny}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const { arrival: { page, callbackUrl } } = await logInByBrowser(home, { person: { deny } });
    assert.ok(page);
    assert.match(page.body, deny ? /<h1>The login failed/ : /<h1>You are logged in/);
    for (const [name, value] of new URL(callbackUrl).searchParams) {
      assert.ok(!page.body.includes(value), `It holds ${name}`);
    }
    for (const secret of provider.secrets()) assert.ok(!page.body.includes(secret));
    assert.doesNotMatch(
      page.body,
      /<script|<link(?! rel="icon" href="data:,">)|<img|src=|url\(|@import/,
    );
    assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'none';/);
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.equal(page.headers.get("referrer-policy"), "no-referrer");
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  });
}

function freePort(hostname = "127.0.0.1"): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}

Deno.test("vantage login --flow browser listens where the settings say", async () => {
  await using provider = await startProvider();
  const callback_port = freePort();
  const settings = { callback_port, callback_path: "/auth/callback" };
  await using home = await makeHome(provider, settings);
  const { result, url } = await logInByBrowser(home);
  assertDone(result);
  assert.equal(redirectOf(url).href, `http://127.0.0.1:${callback_port}/auth/callback`);
});

Deno.test("vantage login --flow browser listens on ::1 when the settings say so", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, { callback_host: "::1" });
  const { result, url } = await logInByBrowser(home);
  assertDone(result);
  assert.match(redirectOf(url).href, /^http:\/\/\[::1\]:\d+\/callback$/);
});

Deno.test("vantage login --flow browser says so when the port is taken", async () => {
  await using provider = await startProvider();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using home = await makeHome(provider, { callback_port: taken.addr.port });
  const { status, stderr } = await home.run([...BROWSER, "--json"]);
  assert.notEqual(status, 0);
  assert.match(stderr, new RegExp(`Cannot listen on 127.0.0.1:${taken.addr.port}: .*in use`));
  assert.match(stderr, /another callback_port/);
  assert.equal(provider.count({ path: "authorization" }), 0);
});
