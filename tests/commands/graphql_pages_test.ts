import assert from "node:assert/strict";
import { parseDocument } from "../../src/api/graphql/document.ts";
import { pagination } from "../../src/api/graphql/pages.ts";
import { graphqlPages } from "../../src/commands/graphql_pages.ts";
import { fakeApi, type Reply, textOf } from "../support/exchange.ts";

const URL_ = new URL("https://api.example.com/graphql");
const QUERY =
  "query($after: String) { things(after: $after) { pageInfo { hasNextPage endCursor } } }";

/** Reads all pages: what they hold, and how it ended. */
async function read(
  replies: Reply[],
  { query = "{ me }", paginate = false, isQuery = true, variables = {} } = {},
) {
  const { client, sent } = fakeApi(replies);
  const pages: { text: string; failed: boolean }[] = [];
  let error: (Error & { code?: string; hint?: string }) | undefined;
  try {
    const operation = parseDocument(query, "query");
    const all = graphqlPages(client, URL_, { query, variables }, {
      isQuery,
      ...paginate && { pagination: pagination(operation) },
    });
    for await (const { body, failed } of all) pages.push({ text: await textOf(body), failed });
  } catch (thrown) {
    error = thrown as Error;
  }
  return { pages, error, sent };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });
const page = (endCursor: string | null) =>
  json({ data: { things: { pageInfo: { hasNextPage: endCursor !== null, endCursor } } } });

Deno.test("graphqlPages() gives the answer as the server sent it", async () => {
  const text = '{ "data" : {"id":12345678901234567890} }\n';
  const { pages, error, sent } = await read([new Response(text)], { variables: { a: 1 } });
  assert.deepEqual([pages, error], [[{ text, failed: false }], undefined]);
  const [{ method, headers, body }] = sent as [typeof sent[number]];
  assert.deepEqual([method, headers.get("content-type")], ["POST", "application/json"]);
  assert.match(
    headers.get("accept") ?? "",
    /^application\/graphql-response\+json, application\/json/,
  );
  assert.deepEqual(JSON.parse(body), { query: "{ me }", variables: { a: 1 } });
});

Deno.test("graphqlPages() gives data beside errors, and then throws the first of them", async () => {
  const errors = [{ message: "No me", path: ["me", 0, "name"] }, { message: "Other" }];
  const { pages, error } = await read([json({ data: { me: null }, errors })]);
  assert.deepEqual(pages.map(({ failed }) => failed), [false]);
  assert.equal(error?.code, "graphql_failed");
  assert.equal(error?.message, "No me (at me.0.name), and 1 more");
});

for (const data of [null, undefined]) {
  Deno.test(`graphqlPages() gives an answer with errors as failed when its data is ${data}`, async () => {
    const { pages, error } = await read([json({ data, errors: [{ message: "No" }] })]);
    assert.deepEqual([pages[0]?.failed, error?.message], [true, "No"]);
  });
}

for (
  const [errors, message] of [
    ["It broke", "It broke"],
    [["It broke"], "It broke"],
    [{ message: "It broke" }, "It broke"],
    [[{ message: 42 }], "The server does not say what is wrong"],
    [[null], "The server does not say what is wrong"],
    [[{ message: "x", path: "me" }], "x"],
    [[{ message: "x", path: [{ a: 1 }, "me", null] }], "x (at me)"],
    [[{ message: "two\nlines" }], "two lines"],
  ] as [unknown, string][]
) {
  Deno.test(`graphqlPages() says '${message}' when the errors are ${JSON.stringify(errors)}`, async () => {
    const { error } = await read([json({ data: null, errors })]);
    assert.deepEqual([error?.code, error?.message], ["graphql_failed", message]);
  });
}

Deno.test("graphqlPages() bounds what it says of errors, however they are nested", async () => {
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  const errors = `[{"message":"${"x".repeat(100_000)}","path":${deep}}]`;
  const { error } = await read([new Response(`{"errors":${errors}}`)]);
  assert.equal(error?.code, "graphql_failed");
  assert.ok(error.message.length < 400);
  const path = Array(100_000).fill("name");
  const long = await read([json({ errors: [{ message: "x", path }] })]);
  assert.ok((long.error?.message.length ?? Infinity) < 400);
});

for (
  const [status, body, code] of [
    [401, { errors: [{ message: "Who are you" }] }, "token_refused"],
    [429, { errors: [{ message: "Slow down" }] }, "api_unavailable"],
    [500, { data: null, errors: [{ message: "Broken" }] }, "api_unavailable"],
    [400, { errors: [{ message: "Bad query" }] }, "graphql_failed"],
    [200, { errors: [{ message: "Bad query" }] }, "graphql_failed"],
    [403, { message: "No" }, "api_refused"],
    [400, { data: { me: 1 } }, "api_refused"],
    [200, {}, "api_answer"],
    [200, [], "api_answer"],
    [200, null, "api_answer"],
    [200, { errors: [] }, "api_answer"],
  ] as [number, unknown, string][]
) {
  Deno.test(`graphqlPages() throws ${code} when ${status} comes with ${JSON.stringify(body)}`, async () => {
    assert.equal((await read([json(body, status)])).error?.code, code);
  });
}

Deno.test("graphqlPages() tells HTML of a gateway from an answer that is no JSON", async () => {
  const html = (status: number) => new Response("<html>", { status });
  assert.equal((await read([html(500)])).error?.code, "api_unavailable");
  assert.equal((await read([html(404)])).error?.code, "api_refused");
  assert.equal((await read([html(200)])).error?.code, "api_answer");
});

Deno.test("graphqlPages() gives each page's cursor to the next request, beside the variables", async () => {
  const { pages, sent, error } = await read([page("a"), page("b"), page(null)], {
    query: QUERY,
    paginate: true,
    variables: { first: 2 },
  });
  assert.deepEqual([pages.length, error], [3, undefined]);
  assert.deepEqual(sent.map(({ body }) => JSON.parse(body).variables), [
    { first: 2 },
    { first: 2, after: "a" },
    { first: 2, after: "b" },
  ]);
});

Deno.test("graphqlPages() stops at the page that has errors", async () => {
  const broken = json({ data: { things: null }, errors: [{ message: "No more" }] });
  const { pages, error, sent } = await read([page("a"), broken], { query: QUERY, paginate: true });
  assert.deepEqual([pages.length, error?.message, sent.length], [2, "No more", 2]);
});

Deno.test("graphqlPages() sends a query again when the API is busy, and never a mutation", async () => {
  const busy = () => new Response("busy", { status: 503 });
  assert.equal((await read([busy(), json({ data: {} })])).sent.length, 2);
  const mutation = await read([busy(), json({ data: {} })], { isQuery: false });
  assert.deepEqual([mutation.sent.length, mutation.error?.code], [1, "api_unavailable"]);
});
