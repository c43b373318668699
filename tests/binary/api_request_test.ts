import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi, runForBytes } from "../support/api_home.ts";
import { startOther } from "../support/api_other.ts";
import { startProvider } from "../support/provider.ts";

Deno.test("vantage api asks for paths below api_url and for URLs of its origin", async (t) => {
  await using provider = await startProvider();
  const { apiDirect: origin } = provider;
  await using home = await homeWithApi(provider, { settings: { api_url: `${origin}/echo/v1` } });
  const cases: [path: string, target: string][] = [
    ["/me", "/echo/v1/me"],
    ["me", "/echo/v1/me"],
    ["/a?b=c&b=d#e", "/echo/v1/a?b=c&b=d"],
    ["a b/ü", "/echo/v1/a%20b/%C3%BC"],
    ["a%2Fb", "/echo/v1/a%2Fb"],
    ["projects/a:b", "/echo/v1/projects/a:b"],
    [`${origin}/echo/x?y`, "/echo/x?y"],
    [`${origin.toUpperCase()}/echo/x`, "/echo/x"],
    ["//evil.example/x", "/echo/v1/evil.example/x"],
  ];
  for (const [path, target] of cases) {
    await t.step(path.replace(origin, "ORIGIN"), async () => {
      const { method, path: asked, search, body } = answered(await home.run(["api", path]));
      assert.deepEqual([method, asked + search, body], ["GET", target, ""]);
    });
  }
});

Deno.test("vantage api sends nothing to an origin that may not have the token", async (t) => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  const { host } = new URL(provider.apiDirect);
  const refused = [
    `${other.origin}/me`,
    `https://${host}/me`,
    `http://user:hunter2@${host}/me`,
    `http://localhost:${new URL(provider.apiDirect).port}/me`,
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "data:text/plain,x",
  ];
  for (const url of refused) {
    await t.step(url, async () => {
      const result = await home.run(["api", url, "--json"]);
      assert.equal(assertApiFailed(result, "usage").message.includes("hunter2"), false);
      assert.equal(result.stdout, "");
    });
  }
  assert.deepEqual([other.requests, asked(provider)], [[], []]);
});

Deno.test("vantage api sends the token to an origin that api_origins names", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { settings: { api_origins: [provider.apiUrl] } });
  assert.equal(answered(await home.run(["api", `${provider.apiUrl}/me`])).sub, "ada");
  assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
});

Deno.test("vantage api makes fields a JSON body, or the query of GET and HEAD", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const file = `${home.dir}/field.txt`;
  await Deno.writeTextFile(file, "line\nété\n");
  const cases: [args: string[], method: string, search: string, body: unknown][] = [
    [[], "GET", "", ""],
    [["-X", "DELETE"], "DELETE", "", ""],
    [["-X", "post"], "POST", "", ""],
    [["-f", "name=alpha", "-f", "size=3"], "POST", "", { name: "alpha", size: "3" }],
    [["-f", "a=b=c", "-f", "d="], "POST", "", { a: "b=c", d: "" }],
    [
      ["-F", "a=3", "-F", "b=-1.5", "-F", "c=true", "-F", "d=false", "-F", "e=null", "-F", "f=x"],
      "POST",
      "",
      { a: 3, b: -1.5, c: true, d: false, e: null, f: "x" },
    ],
    [["-F", "big=9007199254740993", "-F", "zip=01234"], "POST", "", {
      big: "9007199254740993",
      zip: "01234",
    }],
    [["-F", `text=@${file}`, "-f", `raw=@${file}`], "POST", "", {
      text: "line\nété\n",
      raw: `@${file}`,
    }],
    [
      ["-f", "filter[status]=ready", "-F", "filter[size]=3", "-f", "tags[]=a", "-f", "tags[]=b"],
      "POST",
      "",
      { filter: { status: "ready", size: 3 }, tags: ["a", "b"] },
    ],
    [["-f", "a[b][c][]=d", "-f", "__proto__[x]=1"], "POST", "", {
      a: { b: { c: ["d"] } },
      ["__proto__"]: { x: "1" },
    }],
    [["-X", "PUT", "-F", "n=1"], "PUT", "", { n: 1 }],
    [["-X", "PATCH", "-F", "n=1"], "PATCH", "", { n: 1 }],
    [["-X", "GET", "-f", "q=a b&c", "-F", "n=1", "-f", "l[]=x", "-f", "l[]=y"], "GET", "", ""],
  ];
  for (const [args, method, search, body] of cases) {
    await t.step(args.join(" "), async () => {
      const echo = answered(await home.run(["api", "/echo", ...args]));
      assert.equal(echo.method, method);
      if (method !== "GET") assert.equal(echo.search, search);
      if (typeof body === "string") assert.equal(echo.body, body);
      else {
        assert.deepEqual(JSON.parse(echo.body), body);
        assert.match(echo.headers["content-type"], /^application\/json\b/);
      }
    });
  }
  const { search } = answered(
    await home.run(["api", "/echo?x=1", "-X", "GET", "-f", "q=a b&c", "-F", "n=1", "-f", "l[]=y"]),
  );
  assert.deepEqual([...new URLSearchParams(search)], [
    ["x", "1"],
    ["q", "a b&c"],
    ["n", "1"],
    ["l[]", "y"],
  ]);
  const head = await home.run(["api", "/echo", "-X", "HEAD", "-f", "q=1"]);
  assert.deepEqual([head.status, head.stdout], [0, ""]);
  assert.equal(asked(provider).at(-1), "HEAD /echo?q=1");
  const stdin = "from stdin\n";
  const { body } = answered(await home.run(["api", "/echo", "-F", "a=@-"], { stdin }));
  assert.deepEqual(JSON.parse(body), { a: stdin });
});

Deno.test("vantage api sends what --input names as it is", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const file = `${home.dir}/body.bin`;
  await Deno.writeFile(file, bytes);
  await t.step("a file", async () => {
    const sent = answered(await home.run(["api", "/digest", "--input", file]));
    assert.deepEqual([sent.method, sent.bytes, sent.sha256], ["POST", bytes.length, sha256]);
  });
  await t.step("stdin", async () => {
    const args = ["api", "/digest", "--input", "-", "-X", "PUT", "-H", "Content-Type: image/png"];
    const { stdout, status } = await runForBytes(home, provider, args, { stdin: bytes });
    assert.equal(status, 0);
    const sent = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual([sent.method, sent.sha256, sent.type], ["PUT", sha256, "image/png"]);
  });
  await t.step("with fields in the query", async () => {
    const args = ["api", "/echo", "--input", "-", "-f", "a=b c"];
    const echo = answered(await home.run(args, { stdin: "[1]" }));
    assert.deepEqual([echo.method, echo.query, echo.body], ["POST", { a: "b c" }, "[1]"]);
  });
  await t.step("a file, again when the token is refused", async () => {
    provider.refuseAccessTokens();
    const before = asked(provider).length;
    const sent = answered(await home.run(["api", "/digest", "--input", file]));
    assert.deepEqual([sent.method, sent.sha256], ["POST", sha256]);
    assert.equal(asked(provider).length - before, 2);
  });
  await t.step("a file, where a redirect leads", async () => {
    const target = "/redirect?status=307&to=/digest";
    assert.equal(answered(await home.run(["api", target, "--input", file])).sha256, sha256);
  });
  await t.step("nothing", async () => {
    const echo = answered(await home.run(["api", "/echo", "--input", "-"], { stdin: "" }));
    assert.deepEqual([echo.method, echo.body], ["POST", ""]);
  });
});

Deno.test("vantage api sends the headers of -H, and its own beside them", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { headers } = answered(
    await home.run(["api", "/echo", "-H", "X-One: 1: a", "-H", "x-two:2", "-H", "Accept: a/b"]),
  );
  assert.deepEqual(
    [headers["x-one"], headers["x-two"], headers.accept],
    ["1: a", "2", "a/b"],
  );
  assert.match(headers["user-agent"], /^vantage\/\d/);
  const plain = answered(await home.run(["api", "/echo"])).headers;
  assert.equal(plain["content-type"], undefined);
  assert.equal(plain.cookie, undefined);
});

Deno.test("vantage api asks nobody when the command line is wrong", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const wrong = [
    ["api"],
    ["api", "/echo", "-f", "novalue"],
    ["api", "/echo", "-f", "[a]=b"],
    ["api", "/echo", "-f", "a=b", "-f", "a[b]=c"],
    ["api", "/echo", "-H", "novalue"],
    ["api", "/echo", "-H", "a: b\nc: d"],
    ["api", "/echo", "-H", "né: b"],
    ["api", "/echo", "-H", "Authorization: Bearer mine"],
    ["api", "/echo", "-H", "Host: evil.example"],
    ["api", "/echo", "-X", "GE T"],
    ["api", "/echo", "-F", "a=@/nowhere/x"],
    ["api", "/echo", "--input", "/nowhere/x"],
    ["api", "/echo", "--timeout", "soon"],
    ["api", "/echo", "--account", "nobody"],
  ];
  for (const args of wrong) {
    await t.step(args.join(" "), async () => {
      const { status, stdout, stderr } = await home.run([...args, "--json"]);
      assert.equal(stdout, "");
      assert.match(stderr, /^\{"error":\{"code":"[a-z_]+","message":/m);
      assert.ok(args.includes("/nowhere/x") || args.at(-1)?.includes("@") || status === 2, stderr);
      assert.notEqual(status, 0);
    });
  }
  assert.deepEqual(asked(provider), []);
});

Deno.test("vantage api says what is missing when the profile has no api_url", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await home.writeConfig({ issuer: provider.issuer, client_id: provider.clientId });
  const { message, hint } = assertApiFailed(
    await home.run(["api", "/me", "--json"]),
    "config_incomplete",
  );
  assert.match(message + hint, /api_url/);
  const env = { VANTAGE_API_URL: provider.apiDirect };
  assert.equal(answered(await home.run(["api", "/me"], { env })).sub, "ada");
});

Deno.test("vantage api --account uses that account and the API of its provider", async () => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  const config = `${home.dir}/config.toml`;
  const table = `\n[providers.acme]\napi_url = "${other.origin}/v2"\n`;
  await Deno.writeTextFile(config, await Deno.readTextFile(config) + table);
  const add = ["account", "add", "acme", "work", "--api-key", "-"];
  const added = await home.run(add, { stdin: "key-of-acme-work" });
  assert.equal(added.status, 0, added.stderr);
  const result = await home.run(["api", "/me", "--account", "acme/work"]);
  assert.deepEqual(answered(result), { other: true });
  assert.ok(!result.stderr.includes("key-of-acme-work"));
  const [request] = other.requests;
  assert.equal(request?.path, "/v2/me");
  assert.equal(request?.headers.get("authorization"), "Bearer key-of-acme-work");
  assert.deepEqual(asked(provider), []);
});
