import assert from "node:assert/strict";
import type { ApiAnswer } from "../../src/api/client.ts";
import { isResumable, restOf, resumedBody, totalOf, validatorOf } from "../../src/api/resumed.ts";
import { apiRequest, cutBody, fakeApi, type Reply, textOf } from "../support/exchange.ts";

const WHOLE = "0123456789";
const HEADERS = { etag: '"v1"', "content-length": String(WHOLE.length) };

const first = (bytes: number, headers: Record<string, string> = HEADERS) =>
  new Response(cutBody(WHOLE.slice(0, bytes)), { headers });

/** The bytes from `start` on, and in the middle of them the end of the connection, if so. */
function part(start: number, headers: Record<string, string> = {}, end = WHOLE.length): Response {
  const text = WHOLE.slice(start, end);
  return new Response(end < WHOLE.length ? cutBody(text) : text, {
    status: 206,
    headers: { etag: '"v1"', "content-range": `bytes ${start}-9/10`, ...headers },
  });
}

/** Sends a GET, reads the body on, and tells which ranges were asked for. */
async function read(replies: Reply[], request = apiRequest()) {
  const { client, sent } = fakeApi(replies);
  const answer = await client.send(request);
  let text = "";
  let error: unknown;
  try {
    for await (const chunk of resumedBody(client, request, answer)) {
      text += new TextDecoder().decode(chunk);
    }
  } catch (thrown) {
    error = thrown;
  }
  const ranges = sent.map(({ headers }) => headers.get("range"));
  return { text, error: error as { code?: string; message?: string } | undefined, ranges, sent };
}

Deno.test("resumedBody() goes on where the body broke off, with the version that it began with", async () => {
  const { text, error, ranges, sent } = await read([first(3), part(3, {}, 7), part(7)]);
  assert.deepEqual([text, error], [WHOLE, undefined]);
  assert.deepEqual(ranges, [null, "bytes=3-", "bytes=7-"]);
  assert.equal(sent[1]?.headers.get("if-range"), '"v1"');
  assert.equal(sent[1]?.headers.get("accept-encoding"), "identity");
});

for (
  const [what, reply] of [
    ["another version of the whole", () => new Response("other", { headers: { etag: '"v2"' } })],
    ["the rest of another version", () => part(3, { etag: '"v2"' })],
    ["the rest of a version that is only alike", () => part(3, { etag: 'W/"v1"' })],
    ["a rest that begins too early", () => part(3, { "content-range": "bytes 0-9/10" })],
    ["a rest that begins too late", () => part(3, { "content-range": "bytes 4-9/10" })],
    ["nothing, because the file has become shorter", () => new Response(null, { status: 416 })],
    ["a rest of which it is not said where it begins", () => part(3, { "content-range": "bytes" })],
  ] as [string, () => Response][]
) {
  Deno.test(`resumedBody() throws and joins nothing when it gets ${what}`, async () => {
    const { text, error } = await read([first(3), reply()]);
    assert.deepEqual([text, error?.code], ["012", "download_failed"]);
  });
}

for (
  const [status, code] of [[403, "api_refused"], [404, "api_refused"], [
    503,
    "api_unavailable",
  ]] as const
) {
  Deno.test(`resumedBody() throws ${code} when the rest is answered with ${status}`, async () => {
    const { text, error } = await read([first(3), new Response("no", { status })]);
    assert.deepEqual([text, error?.code], ["012", code]);
  });
}

for (
  const [what, headers] of [
    ["no validator", { "content-length": "10" }],
    ["a weak validator", { ...HEADERS, etag: 'W/"v1"' }],
    ["no length, as what is packed", { etag: '"v1"' }],
    ["the word that there are no ranges", { ...HEADERS, "accept-ranges": "none" }],
  ] as [string, Record<string, string>][]
) {
  Deno.test(`resumedBody() throws network and asks no more when there is ${what}`, async () => {
    const { text, error, ranges } = await read([first(3, headers), part(3)]);
    assert.deepEqual([text, error?.code, ranges], ["012", "network", [null]]);
  });
}

Deno.test("resumedBody() does not go on with a range that the person asked for", async () => {
  const request = apiRequest("GET", { headers: { range: "bytes=3-5" } });
  const { text, error, ranges } = await read([part(3, {}, 5), part(5)], request);
  assert.deepEqual([text, error?.code, ranges], ["34", "network", ["bytes=3-5"]]);
});

Deno.test("resumedBody() does not send again what is no GET", async () => {
  const { error, ranges } = await read([first(3), part(3)], apiRequest("POST"));
  assert.deepEqual([error?.code, ranges.length], ["network", 1]);
});

Deno.test("resumedBody() gives up when it gets nothing more three times", async () => {
  const nothing: Reply = () =>
    new Response(cutBody(""), {
      status: 206,
      headers: { etag: '"v1"', "content-range": "bytes 3-9/10" },
    });
  const { error, ranges } = await read([first(3), nothing]);
  assert.equal(error?.code, "network");
  assert.ok(ranges.length >= 3 && ranges.length <= 4, String(ranges.length));

  // As long as there is a byte more, it goes on.
  const patient = await read([
    first(1),
    ...Array.from({ length: 8 }, (_, at) => part(at + 1, {}, at + 2)),
    part(9),
  ]);
  assert.deepEqual([patient.text, patient.error], [WHOLE, undefined]);
});

Deno.test("restOf() tells the rest from the whole, and from nothing more", async () => {
  const rest = async (reply: Response) => {
    const { client } = fakeApi([reply]);
    return await restOf(client, apiRequest(), 3, '"v1"');
  };
  const partial = await rest(part(3));
  assert.deepEqual([partial?.isRest, await textOf(partial!.answer.body)], [true, "3456789"]);
  const whole = await rest(new Response("another", { headers: { etag: '"v2"' } }));
  assert.deepEqual([whole?.isRest, await textOf(whole!.answer.body)], [false, "another"]);
  assert.equal(await rest(new Response(null, { status: 416 })), undefined);
});

for (
  const [headers, validator] of [
    [{ etag: '"a"', "last-modified": "x" }, '"a"'],
    [{ etag: 'W/"a"', "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT" }, undefined],
    [
      { "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT", date: "Thu, 01 Jan 1970 00:00:01 GMT" },
      "Thu, 01 Jan 1970 00:00:00 GMT",
    ],
    [
      { "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT", date: "Thu, 01 Jan 1970 00:00:00 GMT" },
      undefined,
    ],
    [{ "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT" }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, string | undefined][]
) {
  Deno.test(`validatorOf() is ${validator} when the headers are ${JSON.stringify(headers)}`, () => {
    assert.equal(validatorOf(new Headers(headers)), validator);
  });
}

Deno.test("isResumable() holds for a GET that was answered with the whole, and counted", () => {
  const answer = (change: Partial<ApiAnswer>): ApiAnswer => ({
    method: "GET",
    url: new URL("https://api.example.com/"),
    status: 200,
    statusText: "",
    headers: new Headers(HEADERS),
    isReadyToken: false,
    body: (async function* () {})(),
    cancel: () => Promise.resolve(),
    ...change,
  });
  assert.ok(isResumable(answer({})));
  for (
    const change of [{ method: "POST" }, { status: 206 }, { status: 203 }, {
      headers: new Headers(),
    }]
  ) assert.ok(!isResumable(answer(change)), JSON.stringify(change));
});

Deno.test("totalOf() is the size of the whole, also where a part of it was sent", () => {
  const total = (status: number, headers: Record<string, string>) =>
    totalOf({ status, headers: new Headers(headers) });
  assert.equal(total(200, { "content-length": "10" }), 10);
  assert.equal(total(200, {}), undefined);
  assert.equal(total(206, { "content-length": "7", "content-range": "bytes 3-9/10" }), 10);
  assert.equal(total(206, { "content-length": "7", "content-range": "bytes 3-9/*" }), undefined);
});
