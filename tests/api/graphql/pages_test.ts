import assert from "node:assert/strict";
import { buildSchema, graphqlSync } from "graphql";
import { isVantageError, VantageError } from "../../../src/errors.ts";
import { parseDocument } from "../../../src/api/graphql/document.ts";
import { pagination } from "../../../src/api/graphql/pages.ts";

const paginationOf = (text: string) => pagination(parseDocument(text, "a"));

function refusal(act: () => unknown, code: "usage" | "api_answer" = "usage"): VantageError {
  try {
    act();
  } catch (error) {
    assert.ok(isVantageError(error, code), String(error));
    assert.ok(error.hint);
    return error;
  }
  throw new Error("Not refused");
}

const INFO = "pageInfo { hasNextPage endCursor }";

const page = (endCursor: unknown, hasNextPage: unknown = true) => ({
  things: { pageInfo: { hasNextPage, endCursor } },
});

Deno.test("pagination() goes through the pages of a server", () => {
  const schema = buildSchema(`
    type PageInfo { hasNextPage: Boolean!, endCursor: String }
    type Page { nodes: [Int!]!, pageInfo: PageInfo! }
    type Owner { numbers(first: Int!, after: String): Page! }
    type Query { owner: Owner! }
  `);
  const numbers = ({ first, after }: { first: number; after?: string }) => {
    const start = after === undefined ? 0 : Number(after);
    const nodes = [0, 1, 2, 3, 4].slice(start, start + first);
    const end = start + nodes.length;
    return { nodes, pageInfo: { hasNextPage: end < 5, endCursor: String(end) } };
  };
  const source = `
    query Numbers($cursor: String) { o: owner { ...Pages } }
    fragment Pages on Owner {
      list: numbers(first: 2, after: $cursor) { nodes ... on Page { info: pageInfo { ...Info } } }
    }
    fragment Info on PageInfo { more: hasNextPage end: endCursor }
  `;
  const { variable, next } = paginationOf(source);
  assert.equal(variable, "cursor");
  const seen: unknown[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const { data } = graphqlSync({
      schema,
      source,
      rootValue: { owner: { numbers } },
      variableValues: cursor === undefined ? {} : { [variable]: cursor },
    });
    const { o } = data as { o: { list: { nodes: number[] } } };
    seen.push([...o.list.nodes]);
    cursor = next(data);
  }
  assert.deepEqual(seen, [[0, 1], [2, 3], [4]]);
});

Deno.test("pagination() puts together what the document says of a field in several places", () => {
  const { variable, next } = paginationOf(`
    query ($c: String) { things { ...A } things(after: $c) { nodes } }
    fragment A on Things { ...B } fragment B on Things { pageInfo { hasNextPage } ...C }
    fragment C on Things { pageInfo { endCursor } }
  `);
  assert.equal(variable, "c");
  assert.equal(next(page("x")), "x");
});

Deno.test("pagination() leaves alone a field with pageInfo that takes no variable", () => {
  const { variable, next } = paginationOf(`query ($c: String) {
    things(after: $c) { nodes { parts(first: 3) { ${INFO} } } ${INFO} }
  }`);
  assert.equal(variable, "c");
  assert.equal(next(page("x")), "x");
});

Deno.test("pagination() says what the document lacks", () => {
  const lacks: [text: string, message: RegExp][] = [
    ["{ me }", /No field selects pageInfo and takes a variable in `after:`$/],
    [`{ things { ${INFO} } }`, /'things' has no variable of the operation in `after:`$/],
    [`{ things(after: "x") { ${INFO} } }`, /'things' has no variable/],
    [`query { things(after: $c) { ${INFO} } }`, /'things' has no variable/],
    [`query ($c: ID) { a { things(after: $c) { nodes } } }`, /'a.things' does not select pageInfo/],
    [`query ($c: ID) { things(after: $c) { pageInfo { endCursor } } }`, /does not select pageInfo/],
    [`mutation ($c: ID) { things(after: $c) { ${INFO} } }`, /A mutation has no pages/],
    [`subscription ($c: ID) { things(after: $c) { ${INFO} } }`, /A subscription has no pages/],
  ];
  for (const [text, message] of lacks) {
    const error = refusal(() => paginationOf(text));
    assert.match(error.message, /^Cannot paginate: /);
    assert.match(error.message, message);
    assert.match(error.hint ?? "", /query \(\$after: String\) \{ things\(after: \$after\)/);
  }
  const [, example = ""] = refusal(() => paginationOf("{ me }")).hint?.split("like this: ") ?? [];
  assert.equal(paginationOf(example).variable, "after"); // what the hint says is true
});

Deno.test("pagination() refuses a document with two fields that have pages", () => {
  const error = refusal(() =>
    paginationOf(`query ($a: String) { x(after: $a) { ${INFO} } y: x(after: $a) { ${INFO} } }`)
  );
  assert.equal(error.message, "Cannot paginate: Several fields have pages: 'x', 'y'");
});

Deno.test("pagination() ends when the page is the last, or is not there", () => {
  const { next } = paginationOf(`query ($c: String) { things(after: $c) { ${INFO} } }`);
  for (
    const data of [page("x", false), page("x", null), null, undefined, 5, {}, { things: null }]
  ) {
    assert.equal(next(data), undefined);
  }
});

Deno.test("pagination() refuses a next page without a cursor, or with one that was there", () => {
  const text = `query ($c: String) { things(after: $c) { ${INFO} } }`;
  for (const data of [page(null), page(""), page(5), page(undefined), page("x", "yes")]) {
    const error = refusal(() => paginationOf(text).next(data), "api_answer");
    assert.match(error.message, /'things' has a next page but no cursor for it$/);
  }
  const { next } = paginationOf(text);
  assert.equal(next(page("a")), "a");
  assert.equal(next(page("b")), "b");
  assert.match(refusal(() => next(page("a")), "api_answer").message, /the same cursor again$/);
});

Deno.test("pagination() goes through a list of one and refuses a longer one", () => {
  const { next } = paginationOf(`query ($c: String) { all { things(after: $c) { ${INFO} } } }`);
  assert.equal(next({ all: [page("x")] }), "x");
  assert.equal(next({ all: [] }), undefined);
  assert.match(refusal(() => next({ all: [page("y"), page("z")] })).message, /'all' is a list/);
});

Deno.test("pagination() bears fragments in themselves, in rows and in numbers", () => {
  const own = "query ($c: ID) { ...A } fragment A on Q { ...A x { ...A } }";
  assert.match(refusal(() => paginationOf(own)).message, /too large, or one of its fragments/);
  const chain = Array.from({ length: 6_000 }, (_, i) => `fragment F${i} on Q { ...F${i + 1} }`);
  const row = `query ($c: ID) { ...F0 } ${chain.join(" ")}
    fragment F6000 on Q { things(after: $c) { ${INFO} } }`;
  assert.equal(paginationOf(row).variable, "c");
  const doubling = Array.from(
    { length: 40 },
    (_, i) => `fragment F${i} on Q { a { ...F${i + 1} } b { ...F${i + 1} } }`,
  );
  const number = `query ($c: ID) { ...F0 } ${doubling.join(" ")} fragment F40 on Q { x }`;
  assert.match(refusal(() => paginationOf(number)).message, /too large/);
});
