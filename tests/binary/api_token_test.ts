import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { startDaemon } from "../support/daemon.ts";
import { assertDone, assertFailed, logInByBrowser } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";
import { REFRESH } from "../tokens/sessions.ts";

for (const life of ["due", "dead"] as const) {
  Deno.test(`vantage api refreshes first when the token is ${life}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider, { life });
    assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
    assert.deepEqual([provider.count(REFRESH), asked(provider)], [1, ["GET /me"]]);
    await home.run(["api", "/me"]);
    assert.equal(provider.count(REFRESH), 1);
  });
}

for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
  Deno.test(`vantage api refreshes and sends ${method} once more when the token is refused`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    provider.refuseAccessTokens();
    const body = method === "GET" ? [] : ["-f", "a=b"];
    answered(await home.run(["api", "/orders", "-X", method, ...body]));
    const request = `${method} /orders`;
    assert.deepEqual([provider.count(REFRESH), asked(provider)], [1, [request, request]]);
    const orders = method === "GET" ? [] : [{ method, path: "/orders", body: '{"a":"b"}' }];
    assert.deepEqual(provider.apiState.orders, orders);
    const tokens = provider.apiState.seen.map(({ headers }) => headers.get("authorization"));
    assert.notEqual(tokens[0], tokens[1]);
  });
}

Deno.test("vantage api ends with token_refused when the new token is refused, too", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const args of [[], ["-X", "POST"], ["--jq", "."], ["--paginate"]]) {
    const before = [provider.count(REFRESH), asked(provider).length] as const;
    const { hint } = assertApiFailed(
      await home.run(["api", "/status/401", ...args, "--json"]),
      "token_refused",
    );
    assert.match(hint, /vantage login/);
    assert.deepEqual(
      [provider.count(REFRESH) - before[0], asked(provider).length - before[1]],
      [1, 2],
    );
  }
});

Deno.test("vantage api ends with status 4 when the session has ended", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.refuseAccessTokens();
  provider.endSessions();
  const result = await home.run(["api", "/me"]);
  assert.equal(result.status, 4, result.stderr);
  assert.equal(asked(provider).length, 1);
  const next = await home.run(["api", "/me", "--json"]);
  assertFailed(next, 4, "session_ended");
  assert.equal(asked(provider).length, 1);
});

Deno.test("vantage api asks nobody when nobody is logged in", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await Deno.remove(home.tokenFile);
  assertFailed(await home.run(["api", "/me", "--json"]), 4, "not_logged_in");
  assertFailed(await home.run(["api", "/me", "--json", "--jq", "."]), 4, "not_logged_in");
  assert.deepEqual(asked(provider), []);
});

Deno.test("vantage api uses VANTAGE_TOKEN as it is, and sends it once when it is refused", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const env = { VANTAGE_TOKEN: home.session.accessToken.expose() };
  await Deno.remove(home.tokenFile);
  assert.equal(answered(await home.run(["api", "/me"], { env })).sub, "ada");
  provider.refuseAccessTokens();
  const { message, hint } = assertApiFailed(
    await home.run(["api", "/me", "--json"], { env }),
    "token_refused",
  );
  assert.match(message, /answered 401/);
  assert.match(hint, /VANTAGE_TOKEN/);
  assert.deepEqual([asked(provider), provider.count(REFRESH)], [["GET /me", "GET /me"], 0]);
});

Deno.test("vantage api refreshes once when many commands are refused together", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.refuseAccessTokens();
  const results = await Promise.all(
    Array.from({ length: 8 }, () => home.run(["api", "/me"], { quiet: true })),
  );
  for (const result of results) assert.equal(answered(result).sub, "ada");
  assert.equal(provider.count(REFRESH), 1);
});

Deno.test("vantage api goes on with a new token when it is refused between two pages", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  let page = 0;
  provider.apiState.answers.set("/list", () => {
    page++;
    if (page === 3) provider.refuseAccessTokens();
    const link = { link: `</list?page=${page + 1}>; rel=next` };
    return Response.json([page], { headers: page < 6 ? link : {} });
  });
  assert.deepEqual(answered(await home.run(["api", "/list", "--paginate"])), [1, 2, 3, 4, 5, 6]);
  assert.equal(provider.count(REFRESH), 1);
  assert.equal(asked(provider).length, 7);
});

Deno.test("vantage api asks the daemon for the token when one runs", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await using _daemon = await startDaemon(home);
  assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
  provider.refuseAccessTokens();
  assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
  assert.equal(provider.count(REFRESH), 1);
});

for (const nonce of [false, true]) {
  Deno.test(`vantage api sends a new proof each time when the token is bound to a key, nonce ${nonce}`, async (t) => {
    await using provider = await startProvider({ dpop: true, dpopNonce: nonce });
    const { apiDirect, apiState } = provider;
    if (nonce) apiState.dpopNonce = "first-nonce";
    await using home = await makeHome(provider, {
      dpop: true,
      api_url: apiDirect,
      graphql_url: `${apiDirect}/graphql`,
    });
    assertDone((await logInByBrowser(home)).result);
    await t.step("GET", async () => {
      assert.equal(answered(await home.run(["api", "/me?x=y"])).sub, "ada");
      assert.equal(asked(provider).length, nonce ? 2 : 1);
    });
    await t.step("POST with a body", async () => {
      answered(await home.run(["api", "/orders", "-f", "a=b"]));
      assert.equal(apiState.orders.length, 1);
    });
    await t.step("POST of stdin", async () => {
      const result = await home.run(["api", "/orders", "--input", "-"], { stdin: "c" });
      answered(result);
      assert.equal(apiState.orders.at(-1)?.body, "c");
    });
    await t.step("sent again", async () => {
      const target = "/status/503?times=1&retry_after=0";
      assert.deepEqual(answered(await home.run(["api", target])), { asked: 2 });
    });
    await t.step("redirected", async () => {
      assert.equal(answered(await home.run(["api", "/redirect?to=/me"])).sub, "ada");
    });
    await t.step("page by page, the nonce changed between", async () => {
      const target = "/numbers?per_page=2&of=6";
      const run = home.run(["api", target, "--paginate"]);
      if (nonce) apiState.dpopNonce = "second-nonce";
      assert.deepEqual(answered(await run), [1, 2, 3, 4, 5, 6]);
    });
    await t.step("a refused token", async () => {
      const before = provider.count(REFRESH);
      provider.refuseAccessTokens();
      assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
      assert.ok(provider.count(REFRESH) > before);
    });
    await t.step("GraphQL", async () => {
      const result = await home.run(["graphql", "{ me { sub } }"]);
      assert.equal(answered(result).data.me.sub, "ada");
    });
    await t.step("with the daemon's token", async () => {
      await using _daemon = await startDaemon(home);
      assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
    });
  });
}
