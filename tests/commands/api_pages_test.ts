import assert from "node:assert/strict";
import type { ApiRequest } from "../../src/api/client.ts";
import { jq } from "../../src/api/jq.ts";
import {
  type ApiPage,
  checkedPages,
  singlePage,
  wholePages,
} from "../../src/commands/api_pages.ts";
import { apiRequest, cutBody, fakeApi, REACH, type Reply, textOf } from "../support/exchange.ts";

async function read(pages: AsyncIterable<ApiPage>) {
  const texts: string[] = [];
  let error: (Error & { code?: string }) | undefined;
  try {
    for await (const { body } of pages) texts.push(await textOf(body));
  } catch (thrown) {
    error = thrown as Error;
  }
  return { texts, error };
}

const paged = (text: string, next?: string, status = 200) =>
  new Response(text, { status, headers: next ? { link: `<${next}>; rel="next"` } : {} });

async function paginate(replies: Reply[], request: ApiRequest = apiRequest(), paginate = true) {
  const { client, sent } = fakeApi(replies);
  const result = await read(wholePages(client, request, { paginate, reach: REACH }));
  return { ...result, sent };
}

Deno.test("singlePage() gives the answer, and goes on in its middle", async () => {
  const headers = { etag: '"v"', "content-length": "6" };
  const { client, sent } = fakeApi([
    new Response(cutBody("abc"), { headers }),
    new Response("def", { status: 206, headers: { etag: '"v"', "content-range": "bytes 3-5/6" } }),
  ]);
  assert.deepEqual(await read(singlePage(client, apiRequest())), {
    texts: ["abcdef"],
    error: undefined,
  });
  assert.equal(sent.length, 2);
});

Deno.test("singlePage() gives the body of an error, and then throws what it says", async () => {
  const { client } = fakeApi([new Response('{"message":"No such thing"}', { status: 404 })]);
  const { texts, error } = await read(singlePage(client, apiRequest()));
  assert.deepEqual(texts, ['{"message":"No such thing"}']);
  assert.deepEqual([error?.code, error?.message], [
    "api_refused",
    "GET https://api.example.com/things answered 404: No such thing",
  ]);
});

Deno.test("singlePage() gives up the body when nobody wants it", async () => {
  let cancelled = 0;
  const body = () => new ReadableStream({ cancel: () => void cancelled++ });
  const { client } = fakeApi([() => new Response(body())]);
  for await (const _page of singlePage(client, apiRequest())) break;
  assert.equal(cancelled, 1);
  const errors = fakeApi([() => new Response(body(), { status: 404 })]);
  for await (const _page of singlePage(errors.client, apiRequest())) break;
  assert.equal(cancelled, 2);
});

Deno.test("wholePages() follows the links, with the request's headers", async () => {
  const request = apiRequest("GET", { headers: { "x-mine": "1" } });
  const { texts, error, sent } = await paginate([paged("[1]", "?page=2"), paged("[2]")], request);
  assert.deepEqual([texts, error], [["[1]", "[2]"], undefined]);
  assert.deepEqual(
    sent.map(({ url, headers }) => [url.href, headers.get("x-mine")]),
    [["https://api.example.com/things", "1"], ["https://api.example.com/things?page=2", "1"]],
  );
});

Deno.test("wholePages() reads one page when it is not told to paginate", async () => {
  const { texts, sent } = await paginate([paged("[1]", "?page=2")], apiRequest(), false);
  assert.deepEqual([texts, sent.length], [["[1]"], 1]);
});

for (
  const [links, count] of [[["/things"], 1], [["?page=2", "?page=2"], 2], [
    ["?a", "?b", "?a"],
    3,
  ]] as const
) {
  Deno.test(`wholePages() throws when the pages go round by ${links.join(", ")}`, async () => {
    const { texts, error } = await paginate(links.map((link) => paged("[]", link)));
    assert.deepEqual([texts.length, error?.code], [count, "api_answer"]);
  });
}

Deno.test("wholePages() gives a page that failed, throws its error, and goes no further", async () => {
  const { texts, error, sent } = await paginate([
    paged("[1]", "?page=2"),
    paged('{"message":"Broken"}', "?page=3", 500),
  ]);
  assert.deepEqual(texts, ["[1]", '{"message":"Broken"}']);
  assert.match(error?.message ?? "", /\/things answered 500: Broken$/);
  assert.equal(sent.length, 2);
});

Deno.test("checkedPages() asks nobody when the program is wrong", async () => {
  const { client, sent } = fakeApi([new Response("{}")]);
  const pages = (expression: string) =>
    read(checkedPages(jq(expression), singlePage(client, apiRequest())));
  assert.equal((await pages(".[")).error?.code, "jq_invalid");
  assert.equal(sent.length, 0);
  assert.deepEqual((await pages(".a.b.c")).texts, ["{}"]);
});
