import assert from "node:assert/strict";
import fc from "fast-check";
import { buildSchema, graphqlSync, printSchema } from "graphql";
import { checkOperation } from "../../../src/api/graphql/check.ts";
import { parseDocument } from "../../../src/api/graphql/document.ts";
import { INTROSPECTION_QUERY, readIntrospection } from "../../../src/api/graphql/introspection.ts";

const sdl = `
type Query {
  me(filter: Filter = { names: ["x"] }): [Person!]!
}

type Person implements Named {
  name: String!
}

interface Named {
  name: String!
}

input Filter {
  names: [[String!]!]
}`;

/** An answer as a server gives it. */
const answerOf = (schema: string) =>
  JSON.parse(
    JSON.stringify(graphqlSync({ schema: buildSchema(schema), source: INTROSPECTION_QUERY })),
  );

Deno.test("readIntrospection() gives the schema that a server answered with", () => {
  const schema = readIntrospection(answerOf(sdl));
  assert.ok(schema);
  assert.equal(printSchema(schema).trim(), sdl.trim());
});

Deno.test("INTROSPECTION_QUERY asks for nothing that came after the first servers", () => {
  for (const newer of ["specifiedByURL", "isRepeatable", "isOneOf", "description"]) {
    assert.ok(!INTROSPECTION_QUERY.includes(newer), newer);
  }
  assert.equal(INTROSPECTION_QUERY.match(/includeDeprecated/g)?.length, 2); // fields and enumValues
});

Deno.test("readIntrospection() gives nothing when the server refuses", () => {
  const refused = { errors: [{ message: "GraphQL introspection is not allowed" }] };
  for (
    const answer of [refused, { data: null }, { data: {} }, { ...answerOf(sdl), ...refused }]
  ) {
    assert.equal(readIntrospection(answer), undefined);
  }
});

Deno.test("readIntrospection() takes a schema that breaks a rule which does not matter", () => {
  const answer = answerOf(sdl);
  for (const type of answer.data.__schema.types) if (type.name === "Named") type.fields = [];
  const schema = readIntrospection(answer);
  assert.ok(schema);
  assert.throws(() => checkOperation(schema, parseDocument("{ me { nme } }", "a")), {
    message: 'Cannot query field "nme" on type "Person"',
  });
});

Deno.test("readIntrospection() gives nothing when names could leave their place in a document", () => {
  for (const name of ["a b", "a){b", "", "a\u202e", "1", "\u001b[31m"]) {
    const answer = answerOf(sdl);
    const query = answer.data.__schema.types.find(({ name }: { name: string }) => name === "Query");
    query.fields[0].name = name;
    assert.equal(readIntrospection(answer), undefined, name);
  }
});

Deno.test("readIntrospection() gives nothing when types are nested without end", () => {
  for (const depth of [17, 50_000]) {
    for (const place of ["fields", "args", "inputFields"]) {
      const answer = answerOf(sdl);
      let type: unknown = { kind: "SCALAR", name: "String", ofType: null };
      for (let i = 0; i < depth; i++) type = { kind: "LIST", name: null, ofType: type };
      const named = (wanted: string) =>
        answer.data.__schema.types.find(({ name }: { name: string }) => name === wanted);
      if (place === "fields") named("Query").fields[0].type = type;
      if (place === "args") named("Query").fields[0].args[0].type = type;
      if (place === "inputFields") named("Filter").inputFields[0].type = type;
      assert.equal(readIntrospection(answer), undefined, `${place} ${depth}`);
    }
  }
});

Deno.test("readIntrospection() survives a chain of types that no stack bears", () => {
  const answer = answerOf("type Query { a: String }");
  const object = (name: string, next: string) => ({
    kind: "OBJECT",
    name,
    interfaces: [],
    fields: [{ name: "next", args: [], type: { kind: "OBJECT", name: next } }],
  });
  const { types } = answer.data.__schema;
  for (let i = 50_000; i > 0; i--) types.push(object(`T${i}`, `T${i - 1}`));
  types.push(object("T0", "T0"));
  readIntrospection(answer);
  const nested = answerOf(sdl);
  const [type] = nested.data.__schema.types.filter(({ name }: { name: string }) =>
    name === "Query"
  );
  type.fields[0].args[0].defaultValue = "[".repeat(100_000);
  assert.equal(readIntrospection(nested), undefined);
});

Deno.test("readIntrospection() never throws when a part of the answer is anything", () => {
  const whole = answerOf(sdl);
  const paths: string[][] = [];
  const walk = (value: unknown, path: string[]) => {
    if (path.length > 0) paths.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name]);
  };
  walk(whole, []);
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, junk) => {
      const answer = structuredClone(whole);
      let at = answer;
      for (const part of path.slice(0, -1)) at = at[part];
      at[path.at(-1) ?? ""] = junk;
      readIntrospection(answer);
    }),
    { numRuns: 1_000 },
  );
  fc.assert(fc.property(fc.anything(), (answer) => {
    assert.equal(readIntrospection(answer), undefined);
  }));
});
