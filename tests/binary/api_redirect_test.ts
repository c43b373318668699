import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { type Other, startOther } from "../support/api_other.ts";
import { type Provider, startProvider } from "../support/provider.ts";

const redirect = (to: string, status = 302) =>
  `/redirect?status=${status}&to=${encodeURIComponent(to)}`;

const MINE = ["-H", "X-Mine: secret", "-H", "Cookie: a=secret"];

/** Fails when a server of somebody else was sent what is not for it. */
function assertBare(other: Other, provider: Provider): void {
  for (const { method, path, headers, body } of other.requests) {
    assert.ok(["GET", "HEAD"].includes(method), method);
    for (const name of ["authorization", "dpop", "cookie", "x-mine", "referer"]) {
      assert.equal(headers.get(name), null, name);
    }
    const text = path + JSON.stringify([...headers]) + body;
    assert.ok(!text.includes("secret"), text);
    for (const secret of provider.secrets()) assert.ok(!text.includes(secret));
  }
}

Deno.test("vantage api follows a redirect at home, with token and headers", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const cases: [status: number, args: string[], method: string, body: string][] = [
    [301, [], "GET", ""],
    [302, [], "GET", ""],
    [307, [], "GET", ""],
    [308, [], "GET", ""],
    [301, ["-f", "a=b"], "GET", ""],
    [302, ["-f", "a=b"], "GET", ""],
    [303, ["-f", "a=b"], "GET", ""],
    [303, ["-X", "PUT", "-f", "a=b"], "GET", ""],
    [307, ["-f", "a=b"], "POST", '{"a":"b"}'],
    [308, ["-f", "a=b"], "POST", '{"a":"b"}'],
    [308, ["-X", "PATCH", "-f", "a=b"], "PATCH", '{"a":"b"}'],
  ];
  for (const [status, args, method, body] of cases) {
    await t.step(`${status} ${args.join(" ")}`, async () => {
      const echo = answered(
        await home.run(["api", redirect("/echo?x=y", status), "-H", "X-Mine: 1", ...args]),
      );
      assert.deepEqual([echo.method, echo.body, echo.query], [method, body, { x: "y" }]);
      assert.equal(echo.headers["x-mine"], "1");
      assert.equal("content-type" in echo.headers, body !== "");
    });
  }
});

Deno.test("vantage api takes the token to a redirect's origin when api_origins names it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { settings: { api_origins: [provider.apiUrl] } });
  const result = await home.run(["api", redirect(`${provider.apiUrl}/orders`, 307), "-f", "a=b"]);
  assert.equal(answered(result).method, "POST");
  assert.equal(provider.apiState.orders.length, 1);
});

for (const tls of [false, true]) {
  Deno.test(`vantage api takes nothing of its own to another origin, API with tls ${tls}`, async () => {
    await using provider = await startProvider({ tls });
    await using other = startOther();
    await using home = await homeWithApi(provider);
    for (const status of [301, 302, 303, 307, 308]) {
      const target = redirect(`${other.origin}/file?a=b`, status);
      assert.deepEqual(answered(await home.run(["api", target, ...MINE])), { other: true });
      assert.equal((await home.run(["api", target, ...MINE, "-X", "HEAD"])).status, 0);
    }
    assert.equal(other.requests.length, 10);
    assertBare(other, provider);
  });
}

Deno.test("vantage api changes nothing at another origin", async (t) => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  const cases = [[307, "POST"], [308, "POST"], [307, "PATCH"], [302, "PUT"], [307, "DELETE"]];
  for (const [status, method] of cases) {
    await t.step(`${status} ${method}`, async () => {
      const target = redirect(`${other.origin}/orders`, Number(status));
      const args = ["api", target, "-X", String(method), "-f", "a=b", "--json"];
      const result = await home.run(args);
      const { hint } = assertApiFailed(result, "redirect_refused");
      assert.match(hint, /api_origins/);
      assert.equal(result.stdout, "");
    });
  }
  assert.deepEqual(other.requests, []);
});

Deno.test("vantage api goes nowhere that is not safe", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const places = [
    "http://192.0.2.1/plain",
    "http://example.com/plain",
    "http://user:password@127.0.0.1:1/",
    "https://user@127.0.0.1:1/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "data:text/plain,x",
    "javascript:alert(1)",
    "http://[",
  ];
  for (const place of places) {
    await t.step(place, async () => {
      const result = await home.run(["api", redirect(place), "--json"]);
      const { message } = assertApiFailed(result, "redirect_refused");
      assert.equal(result.stdout, "");
      assert.ok(!message.includes("password"));
    });
  }
});

Deno.test("vantage api does not come home with the token from another origin", async () => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  const back = `${other.origin}/?to=${encodeURIComponent(`${provider.apiDirect}/me`)}`;
  const result = await home.run(["api", redirect(back), ...MINE, "--json"]);
  assertBare(other, provider);
  const last = provider.apiState.seen.at(-1);
  if (last?.url.pathname === "/me") {
    assert.equal(last.headers.get("authorization"), null);
    assert.equal(last.headers.get("x-mine"), null);
  }
  assert.notEqual(result.status, 0);
});

Deno.test("vantage api ends when it is led round in a circle", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  assertApiFailed(await home.run(["api", "/loop", "--json"]), "redirect_refused");
  assert.ok(asked(provider).length <= 21, String(asked(provider).length));
});

Deno.test("vantage api takes a redirect to nowhere for the answer", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { status, stdout } = await home.run(["api", "/redirect", "-i"]);
  assert.equal(status, 0);
  assert.match(stdout, /^HTTP(?:\/[\d.]+)? 302 Found\r?\n/);
});
