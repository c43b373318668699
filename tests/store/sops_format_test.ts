import assert from "node:assert/strict";
import fc from "fast-check";
import { goFloat } from "../../src/store/sops/go_float.ts";
import { parseJson } from "../../src/store/sops/json_tree.ts";
import { decodeKey, encodeKey } from "../../src/store/sops/names.ts";
import { TreeError } from "../../src/store/sops/node.ts";
import { readRules } from "../../src/store/sops/rules.ts";
import { resolvePlain } from "../../src/store/sops/yaml_scalar.ts";
import { parseYaml } from "../../src/store/sops/yaml_tree.ts";

Deno.test("goFloat() writes a number without an exponent, as Go does", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [1.5, "1.5"],
    [-0.1, "-0.1"],
    [1e21, "1000000000000000000000"],
    [-1.25e-7, "-0.000000125"],
    [1.5e300, `15${"0".repeat(299)}`],
    [5e-324, `0.${"0".repeat(323)}5`],
    [123456789.123456789, "123456789.12345679"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of cases) assert.equal(goFloat(value), text);
});

Deno.test("goFloat() loses no digit of any number", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.doesNotMatch(goFloat(value), /e/);
    assert.ok(Object.is(Number(goFloat(value)), value));
  }));
});

/** Each was encrypted and verified by sops 3.13.3, which has the MAC of what is on the right. */
const PLAIN: Record<string, string | undefined | { text: true }> = {
  "": undefined,
  "~": undefined,
  "null": undefined,
  "true": "True",
  "FALSE": "False",
  "yes": { text: true },
  "on": { text: true },
  "014": "12",
  "0o14": "12",
  "0x1F": "31",
  "-0b11": "-3",
  "08": "8",
  "09.5": "9.5",
  "1_000": "1000",
  "9223372036854775807": "9223372036854775807",
  "-9223372036854775808": "-9223372036854775808",
  "1e3": "1000",
  ".5": "0.5",
  "5.": "5",
  "1e400": { text: true },
  ".inf": "+Inf",
  "-.INF": "-Inf",
  ".NaN": "NaN",
  "1:20": { text: true },
  "--1": { text: true },
  "0x": { text: true },
  "2026-01-02": "2026-01-02T00:00:00Z",
  "2026-1-2": "2026-01-02T00:00:00Z",
  "2026-01-02 03:04:05": "2026-01-02T03:04:05Z",
  "2026-01-02T03:04:05.120+01:00": "2026-01-02T03:04:05.12+01:00",
  "2026-01-02T03:04:05.000Z": "2026-01-02T03:04:05Z",
  "2026-01-02T03:04:05+00:00": "2026-01-02T03:04:05Z",
  "2026-02-30": { text: true },
  "2026-13-01": { text: true },
  "plain text": { text: true },
};

Deno.test("resolvePlain() takes a plain scalar for what SOPS takes it", () => {
  for (const [source, expected] of Object.entries(PLAIN)) {
    const isText = typeof expected === "object";
    assert.deepEqual(
      resolvePlain(source),
      { isText, signed: isText ? source : expected },
      JSON.stringify(source),
    );
  }
});

/** A tree without its places. */
// deno-lint-ignore no-explicit-any -- whatever is parsed
function plain(node: any): unknown {
  if (node.kind === "map") {
    // deno-lint-ignore no-explicit-any -- its entries
    return node.entries.map(({ key, value }: any) => [key, plain(value)]);
  }
  return node.kind === "list" ? node.items.map(plain) : node.text ?? { signed: node.signed };
}

Deno.test("parseJson() keeps the order of keys and where each value is", () => {
  const text = '{"b": 1, "1": "é\\n", "a": {"x": [true, null, 1.50, -0, 1e2]}}';
  const root = parseJson(text);
  assert.deepEqual(plain(root), [
    ["b", { signed: "1" }],
    ["1", "é\n"],
    ["a", [["x", [
      { signed: "True" },
      { signed: undefined },
      { signed: "1.5" },
      { signed: "0" },
      { signed: "100" },
    ]]]],
  ]);
  const at = root.entries.map(({ value }) => text.slice(value.start, value.end));
  assert.deepEqual(at, ["1", '"é\\n"', '{"x": [true, null, 1.50, -0, 1e2]}']);
});

Deno.test("parseJson() accepts exactly what JSON.parse() does, of objects without equal keys", () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(
    ([json, at, by]) => {
      const text = `{"a":${json}}`;
      const place = at % text.length;
      return text.slice(0, place) + by + text.slice(place + 1);
    },
  );
  fc.assert(
    fc.property(broken, (text) => {
      const isStricter = (error: unknown) =>
        error instanceof TreeError && /twice|too large/.test(error.message);
      let ours = false;
      try {
        parseJson(text);
        ours = true;
      } catch (error) {
        assert.ok(error instanceof TreeError, `${error}`);
        fc.pre(!isStricter(error));
      }
      let theirs = false;
      try {
        const value = JSON.parse(text);
        theirs = typeof value === "object" && value !== null && !Array.isArray(value);
      } catch { // it is not JSON
      }
      assert.equal(ours, theirs);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseJson() and parseYaml() throw for nesting that is deeper than people write", () => {
  for (const [open, close] of [['{"a":', "}"], ['{"a":[', "]}"]] as const) {
    for (const depth of [200, 50_000]) {
      const text = open.repeat(depth) + "1" + close.repeat(depth);
      assert.throws(() => parseJson(text), TreeError);
      if (depth === 200) assert.throws(() => parseYaml(text), TreeError);
    }
  }
});

Deno.test("parseYaml() places a value right behind its key or colon when none is written", () => {
  const texts = [
    "a:^\nb: 1",
    "a:^ # b: c",
    "a:^\n# b: c",
    "? a # b: c\n:^",
    "? a^\n# b: c",
    "{a^, b: 1}",
    "{a:^ , b: 1}",
  ];
  for (const marked of texts) {
    const at = marked.indexOf("^");
    const [first] = parseYaml(marked.replace("^", "")).entries;
    assert.deepEqual([first?.value.start, first?.value.end], [at, at], marked);
  }
});

Deno.test("parseYaml() throws for what SOPS has no place for", () => {
  const texts = [
    "a: &x 1\nb: *x",
    "a: !!binary aGk=",
    "- a",
    "a",
    "a: 1\n---\nb: 2",
    "? [a]\n: 1",
    "a: 1\na: 2",
    "a: [",
    "a: {b: 1, b: 2}",
    "%YAML 9.9\n---\n!x a: 1",
  ];
  for (const text of texts) assert.throws(() => parseYaml(text), TreeError, text);
});

Deno.test("encodeKey() makes a key that is encrypted by default, without ':', for any name", () => {
  const isEncrypted = readRules(() => undefined).isEncrypted;
  const ends = fc.constantFrom("", "_unencrypted", "%", "%64", ":");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), ends, (start, end) => {
      const name = start + end;
      const key = encodeKey(name);
      assert.equal(decodeKey(key), name);
      assert.ok(!key.includes(":") && isEncrypted([key]) && key !== "");
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("readRules() encrypts what SOPS does", () => {
  const rules = (settings: Record<string, string>) =>
    readRules((name) => settings[name]).isEncrypted;
  const cases: [Record<string, string>, string[], boolean][] = [
    [{}, ["a", "b"], true],
    [{}, ["a_unencrypted", "b"], false],
    [{ unencrypted_suffix: "_x" }, ["a_unencrypted"], true],
    [{ unencrypted_suffix: "_x" }, ["a", "b_x", "c"], false],
    [{ encrypted_suffix: "_s" }, ["a"], false],
    [{ encrypted_suffix: "_s" }, ["a_s", "b"], true],
    [{ encrypted_regex: "^(data|stringData)$" }, ["data", "x"], true],
    [{ encrypted_regex: "^(data|stringData)$" }, ["metadata"], false],
    [{ unencrypted_regex: "(?i)^META" }, ["metadata", "x"], false],
    [{ unencrypted_regex: "(?i)^META" }, ["x"], true],
  ];
  for (const [settings, path, expected] of cases) {
    assert.equal(rules(settings)(path), expected, JSON.stringify([settings, path]));
  }
});

Deno.test("readRules() throws for an expression that may take too long, or that it cannot use", () => {
  const sources = [
    "(a+)+$",
    "(a|aa)*$",
    "((ab)*c)+",
    "a*a*a*a*b",
    "[",
    "(?P<x>a)",
    "\\A",
    "a".repeat(1_001),
  ];
  for (const source of sources) {
    assert.throws(
      () => readRules((name) => name === "encrypted_regex" ? source : undefined),
      TreeError,
      source,
    );
  }
});
