import assert from "node:assert/strict";
import fc from "fast-check";
import { maskOf } from "../src/mask.ts";
import { secretForms } from "../src/mask/forms.ts";
import { Secret } from "../src/secret.ts";

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.a+b/c"d\\é~ü.x';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** What comes out of a mask for `secrets` when it gets the chunks one after the other. */
function masked(secrets: readonly string[], chunks: readonly Uint8Array[]): Uint8Array {
  const filter = maskOf(secrets.map((secret) => new Secret(secret)))();
  const parts = [...chunks.map((chunk) => filter.push(chunk).slice()), filter.end()];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const maskedText = (secrets: readonly string[], ...chunks: string[]) =>
  textOf(masked(secrets, chunks.map(bytesOf)));

/** The same by its definition: every byte of every occurrence, and each run of them as one. */
function reference(secrets: readonly string[], stream: Uint8Array): Uint8Array {
  const concealed = new Uint8Array(stream.length);
  for (const form of secrets.flatMap(secretForms)) {
    for (let at = 0; at + form.length <= stream.length; at++) {
      if (form.every((byte, i) => stream[at + i] === byte)) concealed.fill(1, at, at + form.length);
    }
  }
  const out: number[] = [];
  stream.forEach((byte, at) => {
    if (!concealed[at]) out.push(byte);
    else if (!concealed[at - 1]) out.push(...bytesOf("<concealed>"));
  });
  return Uint8Array.from(out);
}

function cut(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, at) => stream.slice(ends[at - 1] ?? 0, end));
}

Deno.test("maskOf() conceals what its definition does, wherever the stream is cut", () => {
  // Few letters, so that secrets overlap, repeat and begin with one another.
  const letters = (options: fc.StringConstraints) =>
    fc.string({ ...options, unit: fc.constantFrom("a", "b", "c", "é") });
  fc.assert(
    fc.property(
      fc.array(letters({ minLength: 1, maxLength: 7 }), { maxLength: 5 }),
      letters({ maxLength: 80 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (secrets, text, places) => {
        const stream = bytesOf(text);
        assert.deepEqual(masked(secrets, cut(stream, places)), reference(secrets, stream));
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("maskOf() leaves bytes of every kind alone when no secret is among them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      (stream, places) => {
        assert.deepEqual(masked([TOKEN, "another secret value"], cut(stream, places)), stream);
      },
    ),
  );
});

Deno.test("maskOf() conceals a secret that comes byte by byte, at both ends of a stream too", () => {
  const stream = bytesOf(`${TOKEN} and ${TOKEN}`);
  const bytes = [...stream].map((byte) => Uint8Array.of(byte));
  assert.equal(textOf(masked([TOKEN], bytes)), "<concealed> and <concealed>");
});

Deno.test("maskOf() conceals a secret in JSON, in URLs and forms, and in base64 wherever it stands", () => {
  const base64 = (text: string) => bytesOf(text).toBase64();
  const url = (text: string) => base64(text).replaceAll("+", "-").replaceAll("/", "_");
  const forms = [
    JSON.stringify({ token: TOKEN }),
    encodeURIComponent(TOKEN),
    new URLSearchParams({ token: TOKEN }).toString(),
    base64(TOKEN),
    url(TOKEN),
    ...["", "a", "ab", "abc"].flatMap((
      user,
    ) => [base64(`${user}:${TOKEN}`), url(`${user}:${TOKEN}`)]),
  ];
  for (const form of forms) {
    const shown = maskedText([TOKEN], `<${form}>`);
    assert.ok(shown.includes("<concealed>"), form);
    // What may be left of base64 is a character that says something of the first or last byte.
    assert.ok(shown.replace("<concealed>", "").length <= 24, shown);
    assert.ok(!/eyJ|ZXlK|V5S|leU/.test(shown), shown);
  }
});

Deno.test("maskOf() makes one of secrets that overlap or touch", () => {
  const secrets = ["first-secret", "secret-second"];
  assert.equal(maskedText(secrets, "<first-secret-second>"), "<<concealed>>");
  assert.equal(maskedText(secrets, "<first-secretsecret-", "second>"), "<<concealed>>");
  assert.equal(maskedText(secrets, "first-secr", "ot first-secre"), "first-secrot first-secre");
});

Deno.test("maskOf() holds back nothing that cannot become a secret", () => {
  const filter = maskOf([new Secret("abcabd"), new Secret("x")])();
  const push = (text: string) => textOf(filter.push(bytesOf(text)));
  assert.equal(push("password: "), "password: ");
  assert.equal(push("abcab"), "");
  assert.equal(push("c"), "abc");
  assert.equal(push("abd"), "<concealed>");
  assert.equal(push("x"), "");
  assert.equal(push("y"), "y");
  assert.equal(textOf(filter.end()), "");
});

Deno.test("maskOf() conceals nothing for a secret that is empty", () => {
  assert.equal(maskedText([""], "text"), "text");
  assert.equal(maskedText([], "te", "xt"), "text");
});

Deno.test("maskOf() holds back no more than the longest secret has, however long the stream", () => {
  const secret = "ab".repeat(500) + "!";
  const filter = maskOf([new Secret(secret)])();
  const chunk = bytesOf("ab".repeat(32 * 1024));
  let passed = 0;
  for (let sent = 0; sent < 64; sent++) passed += filter.push(chunk).length;
  const held = 64 * chunk.length - passed;
  assert.ok(held <= secret.length, `It holds ${held} bytes`);
  assert.equal(filter.end().length, held);
});
