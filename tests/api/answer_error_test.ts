import assert from "node:assert/strict";
import fc from "fast-check";
import { answerError, LOOKED_AT_BYTES, statusError } from "../../src/api/answer_error.ts";
import type { ApiAnswer } from "../../src/api/client.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function error(
  status: number,
  body: unknown = "",
  headers: Record<string, string> = { "content-type": "application/json" },
  { statusText = "", isReadyToken = false } = {},
) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = {
    method: "GET",
    url: new URL("https://api.example.com/v1/things?key=precious"),
    status,
    statusText,
    headers: new Headers(headers),
    isReadyToken,
  };
  return statusError(answer, bytesOf(text));
}

const START = "GET https://api.example.com/v1/things answered 400";
const sentence = (body: unknown, type = "application/json") => {
  const { message } = error(400, body, { "content-type": type });
  assert.ok(message.startsWith(START), message);
  return message.slice(START.length).replace(/^: /, "");
};

Deno.test("statusError() says what was asked, without its query, and how it was answered", () => {
  const { message } = error(404, { message: "No such thing" }, {}, { statusText: "Not Found" });
  assert.equal(
    message,
    "GET https://api.example.com/v1/things answered 404 Not Found: No such thing",
  );
  assert.equal(error(404).message, "GET https://api.example.com/v1/things answered 404");
});

for (
  const [status, code, exit] of [
    [400, "api_refused", 1],
    [401, "token_refused", 4],
    [403, "api_refused", 1],
    [404, "api_refused", 1],
    [418, "api_refused", 1],
    [429, "api_unavailable", 5],
    [500, "api_unavailable", 5],
    [503, "api_unavailable", 5],
    [599, "api_unavailable", 5],
  ] as const
) {
  Deno.test(`statusError() is ${code} with a hint when the status is ${status}`, () => {
    const refused = error(status);
    assert.deepEqual([refused.code, refused.exitStatus], [code, exit]);
    assert.ok(refused.hint);
  });
}

Deno.test("statusError() tells when to come back, where the server says so and a person would wait", () => {
  const hint = (after?: string) => error(503, "", after ? { "retry-after": after } : {}).hint;
  assert.equal(hint("90"), "Run the command again in 90 s");
  assert.equal(hint(), "Run the command again later");
  assert.equal(hint("soon"), "Run the command again later");
  for (const absurd of ["9".repeat(20), "9".repeat(400)]) {
    assert.equal(hint(absurd), "Run the command again later");
  }
});

Deno.test("statusError() tells who presents a ready-made token to look at that", () => {
  assert.match(error(401).hint ?? "", /vantage login/);
  assert.doesNotMatch(error(401, "", {}, { isReadyToken: true }).hint ?? "", /vantage login/);
});

for (
  const [body, expected] of [
    // RFC 9457
    [
      { type: "about:blank", title: "Bad", detail: "The name is taken", status: 400 },
      "Bad: The name is taken",
    ],
    [{ title: "Bad Request" }, "Bad Request"],
    [{ detail: "Alone" }, "Alone"],
    [{ message: "Bad credentials", documentation_url: "x" }, "Bad credentials"],
    [{ error: "invalid_grant", error_description: "It has expired" }, "It has expired"],
    [{ error: "invalid_grant" }, "invalid_grant"],
    [{ error: { code: 400, message: "Invalid value", status: "X" } }, "Invalid value"],
    [{ errors: [{ message: "First" }, { message: "Second" }] }, "First"],
    [{ errors: ["First"] }, "First"],
    [{ fault: { faultstring: "x", detail: { reason: "Deep" } } }, ""],
    [{ message: "", error: "Better than nothing" }, "Better than nothing"],
    [{ title: "Bad", detail: "" }, "Bad"],
    [{ message: { text: "x" }, error: { reason: "Nested" } }, "Nested"],
    [[{ message: "In a list" }], "In a list"],
    ['"Only a string"', "Only a string"],
    [{ message: "Two\nlines\tand  space" }, "Two lines and space"],
    [{ message: 42 }, ""],
    ["null", ""],
    ["[]", ""],
    ["{", ""],
    ["", ""],
  ] as [unknown, string][]
) {
  Deno.test(`statusError() says '${expected}' when the body is ${JSON.stringify(body)}`, () => {
    assert.equal(sentence(body), expected);
    assert.equal(sentence(body, "application/problem+json"), expected);
  });
}

Deno.test("statusError() quotes text, and JSON under another name, but no page of HTML", () => {
  assert.equal(sentence("  Not\nhere ", "text/plain; charset=utf-8"), "Not here");
  assert.equal(sentence('{"message":"Hidden"}', "text/html"), "Hidden");
  assert.equal(sentence("<html><title>502</title>", "text/html"), "");
  assert.equal(sentence("anything", "application/octet-stream"), "");
});

Deno.test("statusError() bounds what it quotes, and cuts no character in two", () => {
  for (const text of ["x".repeat(100_000), "x" + "😀".repeat(1_000)]) {
    const said = sentence({ message: text });
    assert.ok(said.length <= 301 && said.endsWith("…"), String(said.length));
    assert.ok(said.isWellFormed());
  }
});

Deno.test("statusError() takes no harm from a body that is nested, or not what it says", () => {
  const deep = (open: string, close: string) => open.repeat(20_000) + close.repeat(20_000);
  assert.equal(sentence(deep("[", "]")), "");
  assert.equal(sentence(deep('{"error":', "}").replace(":}", ":1}")), "");
  const nested = (times: number) =>
    '{"error":'.repeat(times) + '{"message":"Deep"}' + "}".repeat(times);
  assert.deepEqual([11, 13, 1_000].map((times) => sentence(nested(times))), ["Deep", "", ""]);
  assert.equal(sentence('{"__proto__":{"message":"x"},"constructor":{"name":"y"}}'), "");
});

Deno.test("statusError() never throws, whatever the body is", () => {
  fc.assert(fc.property(
    fc.oneof(fc.json({ stringUnit: "binary", maxDepth: 3 }), fc.string({ unit: "binary" })),
    fc.constantFrom("application/json", "text/plain", ""),
    (body, type) => {
      const refused = error(400, body, type === "" ? {} : { "content-type": type });
      assert.equal(refused.code, "api_refused");
      assert.ok(refused.message.length < 400);
    },
  ));
});

/** An answer whose body counts what was taken of it. */
function answerOf(chunks: Iterable<Uint8Array>) {
  const seen = { bytes: 0, cancelled: 0 };
  const body = async function* () {
    for (const chunk of chunks) {
      seen.bytes += chunk.length;
      yield await Promise.resolve(chunk);
    }
  };
  const answer: ApiAnswer = {
    method: "GET",
    url: new URL("https://api.example.com/"),
    status: 500,
    statusText: "",
    headers: new Headers({ "content-type": "text/plain" }),
    isReadyToken: false,
    body: body(),
    cancel: () => Promise.resolve(void seen.cancelled++),
  };
  return { answer, seen };
}

Deno.test("answerError() reads the beginning of a body that never ends, and gives up the rest", async () => {
  const endless = function* () {
    for (;;) yield bytesOf("all the same ".repeat(1_000));
  };
  const { answer, seen } = answerOf(endless());
  const { message } = await answerError(answer);
  assert.match(message, /answered 500: all the same all/);
  assert.ok(seen.bytes < 2 * LOOKED_AT_BYTES, String(seen.bytes));
  assert.equal(seen.cancelled, 1);
});

Deno.test("answerError() makes do with what came before the body broke off", async () => {
  const broken = function* () {
    yield bytesOf("half a sent");
    throw new Error("Cut by the test");
  };
  const { answer } = answerOf(broken());
  assert.match((await answerError(answer)).message, /answered 500: half a sent$/);
});
