import assert from "node:assert/strict";
import { requireSecure } from "../../src/oauth/secure_url.ts";

for (
  const url of [
    "https://id.example.com/token",
    "HTTPS://ID.EXAMPLE.COM",
    "http://127.0.0.1:8080/x",
    "http://127.1.2.3",
    "http://2130706433/", // 127.0.0.1 as one number
    "http://[::1]:8080/",
    "http://localhost:8080/",
  ]
) {
  Deno.test(`requireSecure() takes '${url}'`, () => {
    assert.equal(requireSecure(url, "token_endpoint").href, new URL(url).href);
  });
}

for (
  const [url, shown] of [
    ["http://id.example.com/token?secret=1", "'http://id.example.com'"],
    ["http://localhost.example.com/", "'http://localhost.example.com'"],
    ["http://127.0.0.1.example.com/", "'http://127.0.0.1.example.com'"],
    ["http://0.0.0.0/", "'http://0.0.0.0'"],
    ["http://10.0.0.1/", "'http://10.0.0.1'"],
    ["http://[::2]/", "'http://[::2]'"],
    ["javascript:alert(1)", "'javascript:'"],
    ["file:///etc/passwd", "'file:'"],
    ["ftp://id.example.com", "'ftp:'"],
    ["vbscript:x", "'vbscript:'"],
  ] as const
) {
  Deno.test(`requireSecure() refuses '${url}'`, () => {
    const message = `The provider's token_endpoint is not https: ${shown}`;
    assert.throws(() => requireSecure(url, "token_endpoint"), { message, code: "provider_answer" });
  });
}

for (const url of ["", "/token", "id.example.com", undefined, null, 5, {}]) {
  Deno.test(`requireSecure() refuses ${JSON.stringify(url)}, which is no URL`, () => {
    const message = "The provider's jwks_uri is not a URL";
    assert.throws(() => requireSecure(url, "jwks_uri"), { message, code: "provider_answer" });
  });
}
