import assert from "node:assert/strict";
import fc from "fast-check";
import { mayHaveToken, type Reach, targetUrl } from "../../src/api/target.ts";
import { isVantageError } from "../../src/errors.ts";

const REACH: Reach = {
  base: new URL("https://api.example.com/v1/"),
  origins: ["https://uploads.example.com"],
};
const target = (path: string, base = REACH.base.href) =>
  targetUrl({ ...REACH, base: new URL(base) }, path).href;

for (
  const [path, url] of [
    ["/me", "https://api.example.com/v1/me"],
    ["me", "https://api.example.com/v1/me"],
    ["", "https://api.example.com/v1/"],
    ["/", "https://api.example.com/v1/"],
    ["me?a=b&c=%20#part", "https://api.example.com/v1/me?a=b&c=%20"],
    ["?a=b", "https://api.example.com/v1/?a=b"],
    ["//evil.example", "https://api.example.com/v1/evil.example"],
    ["///evil.example/x", "https://api.example.com/v1/evil.example/x"],
    ["\\\\evil.example", "https://api.example.com/v1///evil.example"],
    ["/\\evil.example", "https://api.example.com/v1//evil.example"],
    ["@evil.example/", "https://api.example.com/v1/@evil.example/"],
    [".evil.example/", "https://api.example.com/v1/.evil.example/"],
    [":80@evil.example", "https://api.example.com/v1/:80@evil.example"],
    ["../../../x", "https://api.example.com/x"],
    [" https://evil.example", "https://api.example.com/v1/%20https://evil.example"],
    ["ht\ttps://evil.example", "https://api.example.com/v1/https://evil.example"],
    ["/users:search", "https://api.example.com/v1/users:search"],
    ["projects/x:search", "https://api.example.com/v1/projects/x:search"],
    ["https://api.example.com/v2/x", "https://api.example.com/v2/x"],
    ["https://api.example.com:443/x", "https://api.example.com/x"],
    ["HTTPS://API.EXAMPLE.COM/x", "https://api.example.com/x"],
    ["https:api.example.com/x", "https://api.example.com/x"],
    ["https://uploads.example.com/x", "https://uploads.example.com/x"],
  ] as const
) {
  Deno.test(`targetUrl() gives ${url} when the path is ${JSON.stringify(path)}`, () => {
    assert.equal(target(path), url);
  });
}

Deno.test("targetUrl() keeps the path of the base, with and without a slash at its end", () => {
  for (
    const [base, url] of [
      ["https://api.example.com", "https://api.example.com/me"],
      ["https://api.example.com/a/b", "https://api.example.com/a/b/me"],
      ["https://api.example.com/a/b//", "https://api.example.com/a/b/me"],
      ["https://api.example.com:8443/a", "https://api.example.com:8443/a/me"],
    ] as const
  ) {
    assert.equal(target("/me", base), url);
    assert.equal(target("me", base), url);
  }
});

for (
  const path of [
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "http://api.example.com/v1/me", // not the same origin: anybody may listen there
    "https://api.example.com.evil.example/",
    "https://api.example.com:444/",
    "https://api.example.com\\@evil.example/".replace("\\", "%5c"),
    "https://evil.example\\@api.example.com/",
    "ftp://api.example.com/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "file:///etc/passwd",
    "blob:https://evil.example/x",
    "https://",
    "https://[::1",
    "localhost:8080/x",
    "users:search",
  ]
) {
  Deno.test(`targetUrl() throws when the path is ${path}`, () => {
    assert.throws(() => target(path), { code: "usage" });
  });
}

Deno.test("targetUrl() says where the token may go, and how a path with a colon is written", () => {
  assert.throws(() => target("https://evil.example/"), {
    message: "The token is for https://api.example.com and is not sent to https://evil.example",
    hint: /'api_origins'/,
  });
  assert.throws(() => target("users:search"), { hint: /with a slash/ });
});

Deno.test("targetUrl() throws when the URL holds a user name or a password", () => {
  for (const who of ["me", "me:precious", ":precious"]) {
    assert.throws(() => target(`https://${who}@api.example.com/`), (error) => {
      assert.ok(isVantageError(error, "usage"));
      assert.doesNotMatch(error.message + error.hint, /precious/);
      return true;
    });
  }
});

Deno.test("targetUrl() gives a URL that may have the token or throws, whatever the path is", () => {
  const odd = fc.constantFrom(
    ..."/\\:@?#.%[]\t\n\r\0 ",
    "https:",
    "http:",
    "//",
    "evil.example",
    "api.example.com",
    "\u3002",
    "\uff0f",
    "%2f",
    "..",
  );
  const path = fc.array(fc.oneof(odd, fc.string({ unit: "binary", maxLength: 3 })))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(path, (path) => {
      let url: URL;
      try {
        url = targetUrl(REACH, path);
      } catch (error) {
        assert.ok(isVantageError(error, "usage"), String(error));
        return;
      }
      assert.ok(mayHaveToken(REACH, url), url.href);
      assert.deepEqual([url.username, url.password, url.hash], ["", "", ""]);
      assert.equal(new URL(url.href).origin, url.origin);
    }),
    { numRuns: 500 },
  );
});
