import assert from "node:assert/strict";
import { redirection } from "../../src/api/redirect.ts";
import { REACH } from "../support/exchange.ts";

const HERE = "https://api.example.com/v1/things";
const OTHER = "https://storage.example.net/file";

function follow(
  status: number,
  method: string,
  location: string | null = "/v1/next",
  { trusted = true, from = HERE, reach = REACH } = {},
) {
  const headers = new Headers(location === null ? {} : { location });
  const request = { method, url: new URL(from), trusted };
  const next = redirection({ status, headers }, request, reach);
  return next && { ...next, url: next.url.href };
}

// RFC 9110, 15.4.2 to 15.4.9.
const TABLE: [status: number, method: string, becomes: string, keepsBody: boolean][] = [
  ...[301, 302].flatMap((status): typeof TABLE => [
    [status, "GET", "GET", true],
    [status, "HEAD", "HEAD", true],
    [status, "POST", "GET", false],
    [status, "PUT", "PUT", true],
    [status, "PATCH", "PATCH", true],
    [status, "DELETE", "DELETE", true],
  ]),
  [303, "GET", "GET", false],
  [303, "HEAD", "HEAD", true],
  [303, "POST", "GET", false],
  [303, "PUT", "GET", false],
  [303, "PATCH", "GET", false],
  [303, "DELETE", "GET", false],
  ...[307, 308].flatMap((status): typeof TABLE =>
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map((
      method,
    ) => [status, method, method, true])
  ),
];
for (const [status, method, becomes, keepsBody] of TABLE) {
  Deno.test(`redirection() makes ${becomes} of ${method} when the status is ${status}`, () => {
    assert.deepEqual(follow(status, method), {
      method: becomes,
      url: "https://api.example.com/v1/next",
      keepsBody,
      trusted: true,
    });
    // Elsewhere only what reads, and nothing goes along.
    if (becomes === "GET" || becomes === "HEAD") {
      assert.deepEqual(follow(status, method, OTHER), {
        method: becomes,
        url: OTHER,
        keepsBody: false,
        trusted: false,
      });
    } else {
      assert.throws(() => follow(status, method, OTHER), {
        code: "redirect_refused",
        message: `https://api.example.com redirects a ${method} to https://storage.example.net, ` +
          "another origin",
      });
    }
  });
}

Deno.test("redirection() follows nothing that is no redirect, or goes nowhere", () => {
  for (const status of [200, 201, 300, 304, 305, 306, 404]) {
    assert.equal(follow(status, "GET", "https://evil.example/"), undefined);
  }
  assert.equal(follow(302, "GET", null), undefined);
});

Deno.test("redirection() reads the location as seen from the request, without its fragment", () => {
  for (
    const [location, url] of [
      ["next?a=b#part", "https://api.example.com/v1/next?a=b"],
      ["?a=b", "https://api.example.com/v1/things?a=b"],
      ["../up", "https://api.example.com/up"],
      ["", HERE],
      ["//uploads.example.com/x", "https://uploads.example.com/x"],
    ] as const
  ) {
    const next = follow(307, "POST", location);
    assert.deepEqual([next?.url, next?.trusted, next?.keepsBody], [url, true, true]);
  }
});

Deno.test("redirection() gives nothing back to the API that another origin sent us to", () => {
  const back = follow(302, "GET", HERE, { trusted: false, from: OTHER });
  assert.deepEqual([back?.url, back?.trusted], [HERE, false]);
  assert.throws(() => follow(307, "POST", HERE, { trusted: false, from: OTHER }), {
    code: "redirect_refused",
  });
});

for (
  const location of [
    "http://api.example.com/v1/next",
    "http://storage.example.net/file",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "ftp://api.example.com/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "javascript:alert(1)",
    "https://",
    "https://me:precious@api.example.com/",
    "https://me@storage.example.net/",
  ]
) {
  Deno.test(`redirection() throws when it leads to ${location}`, () => {
    assert.throws(() => follow(302, "GET", location), (error: Error & { code?: string }) => {
      assert.equal(error.code, "redirect_refused");
      assert.doesNotMatch(error.message, /precious/);
      return true;
    });
  });
}

Deno.test("redirection() follows http on this machine, with the token only where it may go", () => {
  for (const host of ["localhost:1", "127.0.0.1:1", "127.8.9.1", "[::1]:1"]) {
    const next = follow(302, "GET", `http://${host}/x`);
    assert.deepEqual([next?.trusted, next?.url], [false, `http://${host}/x`]);
  }
  const base = new URL("http://localhost:8080/v1");
  const local = { reach: { base, origins: [] }, from: base.href };
  assert.equal(follow(307, "POST", "/v1/next", local)?.trusted, true);
  assert.equal(follow(302, "GET", "http://localhost:8081/", local)?.trusted, false);
});
