import assert from "node:assert/strict";
import fc from "fast-check";
import { isVantageError, VantageError } from "../../../src/errors.ts";
import { operationNames, parseDocument } from "../../../src/api/graphql/document.ts";

function refusal(text: string, operationName?: string): VantageError {
  try {
    parseDocument(text, "a.graphql", operationName);
  } catch (error) {
    assert.ok(isVantageError(error, "graphql_invalid"), String(error));
    assert.ok(error.hint);
    return error;
  }
  throw new Error(`Parsed: ${text}`);
}

Deno.test("parseDocument() gives the only operation with its kind and name", () => {
  const text = "query Me { me { name } }\nfragment F on Person { name }";
  const { kind, name, definition, document, ...rest } = parseDocument(text, "a.graphql");
  assert.deepEqual([kind, name, rest.text], ["query", "Me", text]);
  assert.equal(definition, document.definitions[0]);
  assert.equal(parseDocument("{ me }", "a").name, undefined);
  assert.equal(parseDocument("{ me }", "").kind, "query");
  assert.equal(parseDocument("mutation { a }", "a").kind, "mutation");
  assert.equal(parseDocument("subscription S { a }", "a").kind, "subscription");
});

Deno.test("parseDocument() chooses the operation that is named", () => {
  const text = "query A { a } mutation B { b } query C { c }";
  assert.equal(parseDocument(text, "a", "B").kind, "mutation");
  assert.equal(parseDocument(text, "a", "C").name, "C");
});

Deno.test("parseDocument() lists the operations when none or an unknown one is chosen", () => {
  const text = "query A { a } mutation B { b }";
  const none = refusal(text);
  assert.equal(none.message, "Cannot choose an operation of 'a.graphql': It has 'A', 'B'");
  assert.equal(none.hint, "Choose one with --operation NAME");
  const unknown = refusal(text, "X");
  assert.equal(unknown.message, "Cannot find the operation 'X' in 'a.graphql'");
  assert.equal(unknown.hint, "It has 'A', 'B'");
  assert.match(refusal("{ a }", "X").hint ?? "", /no name/);
  assert.match(refusal("{ a } query B { b }").message, /It has 'B' and one without a name/);
});

Deno.test("parseDocument() says that there is no operation when there are only fragments or types", () => {
  for (const text of ["fragment F on A { a }", "type A { a: Int }"]) {
    assert.equal(refusal(text).message, "Cannot find an operation in 'a.graphql'");
  }
});

Deno.test("parseDocument() puts a caret under a syntax error", () => {
  const error = refusal("query {\n  me {\n    name(}\n  }\n}");
  assert.equal(error.message, "Cannot parse 'a.graphql': Expected Name, found }");
  assert.equal(error.excerpt, "a.graphql:3:10\n  3 |     name(}\n    |          ^");
});

Deno.test("parseDocument() refuses an empty selection, which graphql-js lets pass", () => {
  const error = refusal("{ me { } }");
  assert.equal(error.message, "Cannot parse 'a.graphql': Expected Name, found }");
  assert.equal(error.excerpt, "a.graphql:1:8\n  1 | { me { } }\n    |        ^");
});

Deno.test("parseDocument() counts lines with any line ending and shows tabs as one column", () => {
  const { excerpt } = refusal("{\r\n\tme {\r\n\t\tname(}\r\n}");
  assert.equal(excerpt, "a.graphql:3:8\n  3 |   name(}\n    |        ^");
});

Deno.test("parseDocument() shows what lies around the fault when the line is long", () => {
  const start = "{ " + "first { name } ".repeat(3_000);
  const error = refusal(start + "wrong( " + "last { name } ".repeat(500) + "}");
  const [place, line = "", caret = ""] = error.excerpt?.split("\n") ?? [];
  assert.equal(place, `a.graphql:1:${start.length + "wrong( last ".length + 1}`);
  assert.ok(line.length < 115 && caret.length < 115, line);
  assert.match(line, /^ {2}1 \| ….*wrong\( last.*…$/);
  assert.equal(line[caret.length - 1], "{");
});

Deno.test("parseDocument() keeps the caret in its place behind characters of two columns", () => {
  const { excerpt } = refusal('{ me(a: "日本") } }');
  assert.equal(excerpt, 'a.graphql:1:17\n  1 | { me(a: "日本") } }\n    |                   ^');
});

Deno.test("parseDocument() shows no control or direction character of the document", () => {
  const { excerpt } = refusal('{ a(x: "\u001b[31m\u202e\u0007") ( }');
  assert.doesNotMatch(excerpt ?? "", /[^\n\P{C}]/u);
});

Deno.test("parseDocument() says how to send a file when the text is a file's name", () => {
  assert.match(refusal("queries/me.graphql").hint ?? "", /-i queries\/me\.graphql/);
});

Deno.test("parseDocument() refuses what is too long, too large or nested too deeply", () => {
  assert.match(refusal("#".repeat(1_000_001)).message, /more than 1000000 characters/);
  assert.match(refusal("{ a " + "a ".repeat(50_000) + "}").message, /more than 50000 tokens$/);
  for (const depth of [201, 10_000, 24_000]) {
    const deep = "{a".repeat(depth) + "}".repeat(depth);
    assert.match(refusal(deep).message, /nested too deeply/, String(depth));
    const list = `{ a(b: ${"[".repeat(depth * 2)}${"]".repeat(depth * 2)}) }`;
    assert.match(refusal(list).message, /nested too deeply|tokens/, String(depth));
  }
  parseDocument("{a".repeat(150) + "}".repeat(150), "a");
});

Deno.test("operationNames() lists names, and nothing when the text is wrong", () => {
  assert.deepEqual(operationNames("query A { a } { b } mutation B { b }"), ["A", "B"]);
  for (const text of ["", "query A { a", "{ a }", "{a".repeat(20_000), "\0"]) {
    assert.deepEqual(operationNames(text), [], text.slice(0, 20));
  }
});

const token = fc.constantFrom(
  ...'{ } ( ) [ ] : = ! $ @ | & ... query mutation fragment on a b Int 1 1.5 " """ # \\u \n , 日 \u202e'
    .split(" "),
);

Deno.test("parseDocument() throws nothing but graphql_invalid when the text is anything", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(" ")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      operationNames(text);
      try {
        parseDocument(text, "a.graphql");
      } catch (error) {
        assert.ok(isVantageError(error, "graphql_invalid"), String(error));
        assert.doesNotMatch(error.message, /[^.]\.$/);
      }
    }),
    { numRuns: 300 },
  );
});
