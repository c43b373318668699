import assert from "node:assert/strict";
import fc from "fast-check";
import { compactJson, indentJson, jsonText } from "../../src/render/json_text.ts";
import { plain } from "../../src/render/plain.ts";
import { context } from "./context.ts";

/** JSON as an API may send it: with any character, also those that steer a terminal. */
const json = fc.jsonValue({ stringUnit: "binary", maxDepth: 4 });

Deno.test("jsonText() puts every member on a line and leaves nothing in empty brackets", () => {
  assert.equal(
    jsonText({ a: [1, { b: null }], c: [], d: {}, "e:": "x, y" }),
    `{
  "a": [
    1,
    {
      "b": null
    }
  ],
  "c": [],
  "d": {},
  "e:": "x, y"
}`,
  );
  for (const value of ["text", -1.5, true, null, [], {}]) {
    assert.equal(jsonText(value), JSON.stringify(value));
  }
});

Deno.test("jsonText() indents as JSON.stringify() does and reads back as the same value", () => {
  fc.assert(fc.property(json, (value) => {
    const text = jsonText(value);
    // As text: JSON has no -0, and one key may be __proto__.
    assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
    assert.equal(text.split("\n").length, JSON.stringify(value, null, 2).split("\n").length);
  }));
});

Deno.test("jsonText() has nothing in it that steers a terminal or hides", () => {
  fc.assert(fc.property(json, (value) => {
    const text = jsonText(value);
    assert.equal(plain(text), text);
  }));
  assert.equal(
    jsonText({ "\u009b31m": "\x1b]0;t\x07 \u202e é 日 \u{e0041} \ud800" }),
    `{\n  "\\u009b31m": "\\u001b]0;t\\u0007 \\u202e é 日 \\udb40\\udc41 \\ud800"\n}`,
  );
});

Deno.test("jsonText() colours keys, strings, numbers and nothing else", () => {
  const { style } = context({ color: true });
  const { cyan, green, yellow, dim } = style;
  assert.equal(
    jsonText({ k: ["s", 1, true, null] }, style),
    `{\n  ${cyan('"k"')}: [\n    ${green('"s"')},\n    ${yellow("1")},\n    ${
      yellow("true")
    },\n    ` +
      `${dim("null")}\n  ]\n}`,
  );
});

Deno.test("jsonText() survives a value that is nested deeper than any stack", () => {
  for (const [open, close] of [["[", "]"], ['{"1":["é",', "]}"]] as const) {
    const deep = open.repeat(100_000) + "1" + close.repeat(100_000);
    const text = jsonText(JSON.parse(deep));
    assert.equal(text.replace(/\s/g, ""), deep);
    assert.ok(text.length < 3 * deep.length, "The indentation grows with the square of the depth");
  }
});

Deno.test("indentJson() leaves numbers as they were written and reads escapes", () => {
  assert.equal(
    indentJson('\r\n{"id" :12345678901234567890,\t"x":1.10e+5 , "n":"M\\u00fcller\\/\\"\\\\"}\n'),
    '{\n  "id": 12345678901234567890,\n  "x": 1.10e+5,\n  "n": "Müller/\\"\\\\"\n}',
  );
});

Deno.test("indentJson() gives the same whatever space there was", () => {
  fc.assert(fc.property(json, (value) => {
    assert.equal(indentJson(JSON.stringify(value, null, "\t")), jsonText(value));
  }));
});

Deno.test("compactJson() writes what JSON.stringify() writes, and null for what is no JSON", () => {
  fc.assert(fc.property(json, (value) => {
    assert.equal(compactJson(value), JSON.stringify(value));
  }));
  assert.equal(compactJson(undefined), "null");
  const deep = '{"1":{"a":[],"b":{},"c":"é\\"","d":[1,null,'.repeat(50_000) + "true" +
    "]}}".repeat(50_000);
  assert.equal(compactJson(JSON.parse(deep)), deep);
});
