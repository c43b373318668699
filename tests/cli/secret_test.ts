import assert from "node:assert/strict";
import { inspect } from "node:util";
import { scrub, Secret } from "../../src/secret.ts";

const VALUE = 'se+cret/"value" 1';
const secret = new Secret(VALUE);

Deno.test("Secret prints, inspects and serialises as redacted", () => {
  const holder = { secret, list: [secret] };
  const forms = [
    `${secret}`,
    String(secret),
    secret + "",
    JSON.stringify(holder),
    Deno.inspect(holder),
    inspect(holder, { showHidden: true, depth: 9 }),
    [secret].join(),
    Object.entries(secret).join(),
    new Error(`with ${secret}`).message,
  ];
  for (const form of forms) assert.ok(!form.includes("value"), form);
  assert.equal(secret.expose(), VALUE);
});

Deno.test("Secret equals another one of the same value and nothing else", () => {
  assert.ok(secret.equals(new Secret(VALUE)));
  assert.ok(!secret.equals(new Secret("another one")));
  assert.ok(!secret.equals(undefined));
});

Deno.test("scrub() finds a secret as it is, in a form, in a URL and in JSON", () => {
  const form = new URLSearchParams({ token: VALUE }).toString();
  for (const text of [`<${VALUE}>`, form, encodeURIComponent(VALUE), JSON.stringify({ VALUE })]) {
    const shown = scrub(text);
    assert.ok(!/cret.*value/.test(shown), shown);
    assert.ok(shown.includes("[redacted]"), shown);
  }
});

Deno.test("scrub() leaves no end of a secret that begins with another one", () => {
  new Secret("abcdefgh");
  new Secret("abcdefghijklm");
  assert.equal(scrub("it is abcdefghijklm."), "it is [redacted].");
});

Deno.test("scrub() knows a secret that nobody holds any more", () => {
  // No variable ever names it, so that it may be collected at any time.
  assert.equal(scrub(`got ${new Secret("short-lived-secret").expose()}`), "got [redacted]");
});

Deno.test("scrub() leaves values alone that may be ordinary words", () => {
  new Secret("token");
  assert.equal(scrub("the token is bad"), "the token is bad");
});
