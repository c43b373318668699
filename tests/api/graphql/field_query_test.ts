import assert from "node:assert/strict";
import { buildSchema, type GraphQLSchema, graphqlSync } from "graphql";
import { isVantageError } from "../../../src/errors.ts";
import { checkOperation } from "../../../src/api/graphql/check.ts";
import { parseDocument } from "../../../src/api/graphql/document.ts";
import { isFieldName } from "../../../src/api/graphql/field_name.ts";
import { queryForField, rootFields } from "../../../src/api/graphql/field_query.ts";
import { INTROSPECTION_QUERY, readIntrospection } from "../../../src/api/graphql/introspection.ts";
import { pagination } from "../../../src/api/graphql/pages.ts";

const sdl = `
  enum Status { READY }
  interface Named { name: String! }
  union Thing = Cluster | Person
  type Person implements Named {
    name: String!
    old: String @deprecated
    team: Team!
    thing: Thing
    named: Named
    cluster(name: String!): Cluster
    clusters(first: Int): ClusterPage!
    nothing: Nothing
  }
  type Nothing { at(x: Int!): Int }
  type Team { id: ID!, lead: Person!, size(unit: String = "x"): Int }
  type Cluster { name: String!, status: Status!, owner: Person! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String, startCursor: String }
  type ClusterPage { totalCount: Int!, nodes: [Cluster!]!, edges: [Edge!], pageInfo: PageInfo! }
  type EdgePage { edges: [Edge!]!, pageInfo: PageInfo! }
  type Edge { cursor: String!, node: Cluster }
  type NumberPage { nodes: [Int!]!, pageInfo: PageInfo! }
  input Filter { status: Status }
  type Query {
    "Who is logged in"
    me: Person!
    count: Int!
    clusters(first: Int = 2, after: String, filter: Filter): ClusterPage!
    edges(after: String): EdgePage!
    numbers(after: String): NumberPage!
    cluster(name: String!, zones: [ID!]! = ["a"]): Cluster
    things: [Thing!]!
    named: Named
    nothing: Nothing
  }
  type Mutation { createCluster(name: String!): Cluster!, count: Int! }
  type Subscription { clusterChanged(count: Int): Cluster! }
`;
const schema = buildSchema(sdl);

function refusal(act: () => unknown, code: "usage" | "graphql_invalid") {
  try {
    act();
  } catch (error) {
    assert.ok(isVantageError(error, code), String(error));
    return error;
  }
  throw new Error("Not refused");
}

const built = (name: string, ...given: string[]) => queryForField(schema, name, new Set(given));

Deno.test("queryForField() selects leaves, and objects by their leaves", () => {
  assert.equal(
    built("me"),
    `query me {
  me {
    name
    team {
      id
      size
    }
    thing {
      __typename
    }
    named {
      name
    }
  }
}
`,
  );
});

Deno.test("queryForField() selects a connection by its items and its pages", () => {
  assert.equal(
    built("clusters", "first"),
    `query clusters($first: Int, $after: String) {
  clusters(first: $first, after: $after) {
    totalCount
    nodes {
      name
      status
      owner {
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  );
  assert.match(built("edges"), /edges \{\n\s+node \{\n\s+name\n/);
  assert.match(built("numbers"), /nodes\n\s+pageInfo/);
  for (const name of ["clusters", "edges", "numbers"]) {
    assert.equal(pagination(parseDocument(built(name), "a")).variable, "after");
  }
});

Deno.test("queryForField() declares what is required or given", () => {
  assert.match(built("cluster"), /^query cluster\(\$name: String!\) \{/);
  assert.match(
    built("cluster", "zones"),
    /^query cluster\(\$name: String!, \$zones: \[ID!\]!\) \{/,
  );
  assert.match(built("clusters", "filter"), /\$filter: Filter\b/);
  assert.equal(built("count"), "query count {\n  count\n}\n"); // the query of two of that name
});

Deno.test("queryForField() finds mutations and subscriptions", () => {
  assert.match(built("createCluster"), /^mutation createCluster\(\$name: String!\) \{/);
  assert.match(built("clusterChanged"), /^subscription clusterChanged \{/);
});

Deno.test("queryForField() builds for every field what the schema allows", () => {
  for (const { name } of rootFields(schema)) {
    const { args = [] } = schema.getQueryType()?.getFields()[name] ?? {};
    for (const given of [[], args.map(({ name }) => name)]) {
      checkOperation(schema, parseDocument(built(name, ...given), name));
    }
  }
});

Deno.test("queryForField() builds what a server runs", () => {
  const team = { id: "t", size: 3 };
  const thing = { __typename: "Cluster" };
  const me = { name: "Ada", team, thing, named: { __typename: "Person", name: "Bob" } };
  const clusters = () => ({
    totalCount: 1,
    nodes: [{ name: "c", status: "READY", owner: { name: "Ada" } }],
    pageInfo: { hasNextPage: false, endCursor: "c" },
  });
  const run = (name: string) => {
    const rootValue = { me, clusters, things: [thing] };
    const answer = graphqlSync({ schema, source: built(name), rootValue });
    return JSON.parse(JSON.stringify(answer));
  };
  assert.deepEqual(run("me"), { data: { me: { ...me, named: { name: "Bob" } } } });
  assert.deepEqual(run("clusters"), { data: { clusters: clusters() } });
  assert.deepEqual(run("things"), { data: { things: [thing] } });
});

Deno.test("queryForField() says what may have been meant when there is no such field", () => {
  const near = refusal(() => built("clusterz"), "graphql_invalid");
  assert.equal(near.message, "Cannot find the field 'clusterz' in the API's schema");
  assert.equal(near.hint, 'Did you mean "cluster" or "clusters"?');
  assert.match(
    refusal(() => built("createClustr"), "graphql_invalid").hint ?? "",
    /"createCluster"/,
  );
  for (const name of ["qqqqqqq", "__proto__", "toString", "a } b"]) {
    const far = refusal(() => built(name), "graphql_invalid");
    assert.match(far.hint ?? "", /^Its fields are 'me', 'count'|^Did you mean/);
  }
});

Deno.test("queryForField() names the arguments when one that was given is none", () => {
  const error = refusal(() => built("clusters", "frist"), "usage");
  assert.equal(error.message, "Cannot set 'frist': 'clusters' has no such argument");
  assert.equal(error.hint, "It has 'first', 'after', 'filter'");
  assert.equal(refusal(() => built("me", "x"), "usage").hint, "It has none");
});

Deno.test("queryForField() bounds what it selects when a schema has any number of fields", () => {
  const many = Array.from({ length: 2_000 }, (_, i) => `f${i}: Int, o${i}: Big`).join(" ");
  const big = buildSchema(`type Big { ${many} } type Query { big: Big, loop: Loop }
    type Loop { nodes: [Loop], edges: [Loop], node: Loop, pageInfo: Loop, loop: Loop }`);
  const text = queryForField(big, "big", new Set());
  assert.equal(text.match(/\bf\d+/g)?.length, 500);
  assert.doesNotMatch(text, /\bo\d+/);
  checkOperation(big, parseDocument(queryForField(big, "loop", new Set()), "loop"));
});

Deno.test("rootFields() lists fields with their kind and description, queries first", () => {
  const fields = rootFields(schema);
  assert.deepEqual(fields[0], { name: "me", kind: "query", description: "Who is logged in" });
  assert.deepEqual(fields.at(-1), {
    name: "clusterChanged",
    kind: "subscription",
    description: undefined,
  });
  const introspected = readIntrospection(graphqlSync({ schema, source: INTROSPECTION_QUERY }));
  assert.deepEqual(
    rootFields(introspected as GraphQLSchema).map(({ name }) => name),
    fields.map(({ name }) => name),
  );
});

Deno.test("isFieldName() tells a name from a document", () => {
  for (const name of ["me", "_x", "clusterPage2", "query"]) assert.equal(isFieldName(name), true);
  for (const text of ["", "{ me }", "me.graphql", "2x", "a b", "-", "é"]) {
    assert.equal(isFieldName(text), false, text);
  }
});
