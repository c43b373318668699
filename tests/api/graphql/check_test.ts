import assert from "node:assert/strict";
import { buildSchema, GraphQLError } from "graphql";
import { isVantageError, VantageError } from "../../../src/errors.ts";
import { checkOperation } from "../../../src/api/graphql/check.ts";
import { parseDocument } from "../../../src/api/graphql/document.ts";

const schema = buildSchema(`
  type Person { name: String!, friends: [Person!]! }
  type Query { me: Person!, person(id: ID!): Person }
`);

function refusal(text: string): VantageError {
  try {
    checkOperation(schema, parseDocument(text, "a.graphql"));
  } catch (error) {
    assert.ok(isVantageError(error, "graphql_invalid"), String(error));
    return error;
  }
  throw new Error(`Let pass: ${text}`);
}

Deno.test("checkOperation() lets a document pass that the schema allows", () => {
  checkOperation(schema, parseDocument("query ($id: ID!) { person(id: $id) { name } }", "a"));
});

Deno.test("checkOperation() quotes the fault and hints at what was meant", () => {
  const error = refusal("{\n  me { nme }\n}");
  assert.equal(error.message, 'Cannot query field "nme" on type "Person"');
  assert.equal(error.excerpt, "a.graphql:2:8\n  2 |   me { nme }\n    |        ^");
  assert.equal(error.hint, 'Did you mean "name"? --no-check sends the document as it is');
});

Deno.test("checkOperation() hints at --no-check when it has no suggestion", () => {
  const error = refusal("query ($id: ID) { me { name } }");
  assert.equal(error.message, 'Variable "$id" is never used');
  assert.equal(error.hint, "Correct it; --no-check sends the document as it is");
});

Deno.test("checkOperation() counts the errors and quotes three of them", () => {
  assert.match(refusal("{ me { a b } }").message, /, and 1 more error$/);
  const error = refusal("{ me { a b c nam } }");
  assert.equal(error.message, 'Cannot query field "a" on type "Person", and 3 more errors');
  assert.equal(
    error.excerpt?.replaceAll("  1 | { me { a b c nam } }\n", ""),
    [
      "a.graphql:1:8\n    |        ^",
      'Cannot query field "b" on type "Person".\na.graphql:1:10\n    |          ^',
      'Cannot query field "c" on type "Person".\na.graphql:1:12\n    |            ^',
    ].join("\n"),
  );
});

Deno.test("checkOperation() leaves to the server what is too large to check", () => {
  const large = `{ ${"me { name } ".repeat(4_000)} }`;
  checkOperation(schema, parseDocument(large, "a"));
  const chain = Array.from({ length: 6_000 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`);
  const deep = `{ ...F0 } ${chain.join(" ")} fragment F6000 on Query { me { name } }`;
  checkOperation(schema, parseDocument(deep, "a"));
});

Deno.test("checkOperation() leaves to the server how deep an introspection may go", () => {
  const deep = "{ __schema { types { fields { type { fields { type { fields { type { fields " +
    "{ name } } } } } } } } } }";
  checkOperation(schema, parseDocument(deep, "a"));
});

Deno.test("checkOperation() says nothing of graphql-js's own errors", () => {
  const error = refusal("{ me }");
  assert.ok(!(error.cause instanceof GraphQLError));
  assert.equal(error.message, 'Field "me" of type "Person!" must have a selection of subfields');
  assert.match(error.hint ?? "", /^Did you mean "me \{ \.\.\. \}"\?/);
});
