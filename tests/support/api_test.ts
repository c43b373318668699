import assert from "node:assert/strict";
import { PNG } from "./api_answers.ts";
import { fileChunk } from "./api_files.ts";
import { startOther } from "./api_other.ts";
import { issueTokens } from "./issue_tokens.ts";
import { type Provider, startProvider } from "./provider.ts";

/** A client of the API that has a token. */
async function client(provider: Provider) {
  const { access_token } = await issueTokens(provider);
  return (target: string, { headers, ...init }: RequestInit & { headers?: HeadersInit } = {}) =>
    fetch(new URL(target, provider.apiDirect), {
      redirect: "manual",
      ...init,
      headers: { authorization: `Bearer ${access_token}`, ...Object(headers) },
    });
}

Deno.test("the API asks for a token where it is reached direct, too", async () => {
  await using provider = await startProvider();
  assert.notEqual(provider.apiDirect, provider.apiUrl);
  const refused = await fetch(`${provider.apiDirect}/me`);
  assert.equal(refused.status, 401);
  await refused.body?.cancel();
  const call = await client(provider);
  assert.equal((await (await call("/me")).json()).sub, "ada");
  provider.refuseAccessTokens();
  assert.equal((await (await call("/me")).json()).message, "The token is unknown or expired");
});

Deno.test("the API serves https direct when the provider does", async () => {
  await using provider = await startProvider({ tls: true });
  const { access_token } = await issueTokens(provider);
  using http = Deno.createHttpClient({ caCerts: [provider.ca ?? ""] });
  const headers = { authorization: `Bearer ${access_token}` };
  const answer = await fetch(`${provider.apiDirect}/me`, { client: http, headers });
  assert.match(answer.url, /^https:/);
  assert.equal((await answer.json()).sub, "ada");
});

Deno.test("/files answers whole, in ranges and conditionally", async () => {
  await using provider = await startProvider();
  const call = await client(provider);
  const got = async (headers: Record<string, string>, method = "GET") => {
    const answer = await call("/files/200000", { headers, method });
    const { status } = answer;
    const [range, length] = ["content-range", "content-length"].map((name) =>
      answer.headers.get(name)
    );
    return { status, range, length, bytes: await answer.bytes() };
  };
  const whole = await got({});
  assert.deepEqual([whole.status, whole.bytes.length], [200, 200_000]);
  assert.deepEqual(whole.bytes.subarray(70_000, 70_010), fileChunk(70_000, 10));
  assert.deepEqual(await got({}, "HEAD"), {
    status: 200,
    range: null,
    length: "200000",
    bytes: new Uint8Array(0),
  });

  const rest = await got({ range: "bytes=199990-" });
  assert.deepEqual([rest.status, rest.range], [206, "bytes 199990-199999/200000"]);
  assert.deepEqual(rest.bytes, whole.bytes.subarray(199_990));
  assert.deepEqual((await got({ range: "bytes=1-2" })).bytes, whole.bytes.subarray(1, 3));
  assert.deepEqual((await got({ range: "bytes=-3" })).bytes, whole.bytes.subarray(-3));
  const beyond = await got({ range: "bytes=200000-" });
  assert.deepEqual([beyond.status, beyond.range], [416, "bytes */200000"]);
  for (const garbage of ["bytes=", "bytes=5-1", "items=1-2", "bytes=1-2,4-5"]) {
    assert.equal((await got({ range: garbage })).status, 200, garbage);
  }

  const { files } = provider.apiState;
  const date = "Thu, 01 Jan 2026 00:00:00 GMT";
  const ifRange = async (validator: string) =>
    (await got({ range: "bytes=10-", "if-range": validator })).status;
  assert.deepEqual(
    await Promise.all(['"v1"', date, '"v2"', 'W/"v1"'].map(ifRange)),
    [206, 206, 200, 200],
  );
  files.version = 2;
  assert.deepEqual(await Promise.all(['"v1"', date, '"v2"'].map(ifRange)), [200, 200, 206]);
  assert.notDeepEqual((await got({})).bytes, whole.bytes);
  files.validators = "weak";
  assert.equal(await ifRange('W/"v2"'), 200);
  files.ignoresRange = true;
  assert.equal((await got({ range: "bytes=10-" })).status, 200);
});

Deno.test("/files can be cut, stall, lie, and end with its token", async () => {
  await using provider = await startProvider();
  const call = await client(provider);
  const { files } = provider.apiState;
  files.cuts.push(100_000);
  await assert.rejects((await call("/files/200000")).bytes());
  assert.equal((await (await call("/files/200000")).bytes()).length, 200_000);

  files.stalls.push(100_000);
  const aborted = new AbortController();
  const stalled = await call("/files/200000", { signal: aborted.signal });
  let read = 0;
  for await (const chunk of stalled.body ?? []) {
    read += chunk.length;
    if (read >= 100_000) break;
  }
  assert.equal(read, 100_000);

  files.lengthError = 1;
  await assert.rejects((await call("/files/200000")).bytes());
  files.lengthError = 0;

  files.checksToken = true;
  const size = 64 * 1024 * 1024;
  const long = await call(`/files/${size}`);
  provider.refuseAccessTokens();
  await assert.rejects(long.bytes());
});

Deno.test("/status answers a status so often, and then 200", async () => {
  await using provider = await startProvider();
  const call = await client(provider);
  const target = "/status/503?times=2&retry_after=7";
  const answers = [await call(target), await call(target), await call(target)];
  assert.deepEqual(answers.map(({ status }) => status), [503, 503, 200]);
  assert.equal(answers[0]?.headers.get("retry-after"), "7");
  assert.deepEqual(await answers[2]?.json(), { asked: 3 });
  for (const answer of answers.slice(0, 2)) await answer.body?.cancel();
});

Deno.test("/numbers leads from page to page, however it is told", async () => {
  await using provider = await startProvider();
  const call = await client(provider);
  const link = async (target: string) => {
    const answer = await call(target);
    await answer.body?.cancel();
    return answer.headers.get("link")?.match(/<([^>]*)>[^<]*next/)?.[1];
  };
  assert.deepEqual(await (await call("/numbers?page=2&per_page=3&of=5")).json(), [4, 5]);
  assert.equal(await link("/numbers?page=2&per_page=3&of=5"), undefined);
  const at = (page: number, link: string) => `?per_page=3&link=${link}&page=${page}`;
  assert.equal(await link("/numbers" + at(1, "relative")), at(2, "relative"));
  assert.equal(
    await link("/numbers" + at(2, "self")),
    `${provider.apiDirect}/numbers${at(2, "self")}`,
  );
  const foreign = at(1, "https%3A%2F%2Fx.example");
  assert.match(await link("/numbers" + foreign) ?? "", /^https:\/\/x\.example\/numbers\?/);
});

Deno.test("/orders and createCluster count what was changed, delivered or not", async () => {
  await using provider = await startProvider();
  const { access_token } = await issueTokens(provider);
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const post = (path: string, body: string) =>
    fetch(provider.apiUrl + path, {
      method: "POST",
      headers,
      body: ReadableStream.from([body])
        .pipeThrough(new TextEncoderStream()),
    });
  provider.api.fault({ path: "/orders" }, { kind: "close-after" }, { times: 1 });
  await assert.rejects(post("/orders", "one"));
  assert.equal((await (await post("/orders", "two")).json()).id, 2);
  assert.deepEqual(provider.apiState.orders.map(({ body }) => body), ["one", "two"]);

  const query = 'mutation { createCluster(name: "delta") { name } }';
  await (await post("/graphql", JSON.stringify({ query }))).body?.cancel();
  assert.deepEqual(provider.apiState.createdClusters, ["delta"]);
});

Deno.test("/graphql has long lists, inputs, enums and scalars", async () => {
  await using provider = await startProvider();
  const call = await client(provider);
  const ask = async (query: string, variables = {}) =>
    await (await call("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    })).json();
  const query = "query($after: String) { numbers(first: 2, after: $after, of: 3) " +
    "{ nodes pageInfo { hasNextPage endCursor } } }";
  const { data: { numbers } } = await ask(query);
  assert.deepEqual([numbers.nodes, numbers.pageInfo.hasNextPage], [[1, 2], true]);
  const next = await ask(query, { after: numbers.pageInfo.endCursor });
  assert.deepEqual(next.data.numbers.nodes, [3]);
  assert.equal(next.data.numbers.pageInfo.hasNextPage, false);
  const { data, errors } = await ask(
    "{ table(range: { from: 1, to: 1, colour: BLUE }) { value colour } " +
      'double(value: "9007199254740993") forbidden { value } }',
  );
  assert.deepEqual(data.table[0][0], { value: 1, colour: "BLUE" });
  assert.deepEqual([data.double, data.forbidden], ["18014398509481986", null]);
  assert.equal(errors[0].extensions.code, "FORBIDDEN");
});

Deno.test("the API answers what clients must be ready for", async () => {
  await using provider = await startProvider();
  const call = await client(provider);
  const bytes = async (target: string) => await (await call(target)).bytes();
  const header = async (target: string, name: string) => {
    const answer = await call(target);
    await answer.body?.cancel();
    return answer.headers.get(name);
  };
  assert.equal(await header("/problem", "content-type"), "application/problem+json");
  assert.match(await (await call("/deep?depth=100000")).text(), /It is deep/);
  assert.deepEqual(await bytes("/binary"), PNG);
  assert.equal((await bytes("/latin1")).at(-1), 0xe9);
  assert.deepEqual([...(await bytes("/utf16")).subarray(0, 4)], [0xff, 0xfe, 0x7b, 0]);
  assert.deepEqual(await (await call("/gzip")).json(), { name: "alpha" });
  assert.equal((await bytes("/gzip?size=1000000")).length, 1_000_002);
  await assert.rejects(bytes("/bad-gzip"));
  assert.equal(await header("/redirect?to=/me&status=307", "location"), "/me");
  provider.apiState.answers.set("/own", () => new Response("mine"));
  assert.equal(await (await call("/own")).text(), "mine");
});

Deno.test("startOther() records what it is sent", async () => {
  await using other = startOther();
  const headers = { authorization: "Bearer x" };
  await (await fetch(`${other.origin}/a?b`, { method: "POST", headers, body: "c" })).json();
  const [request] = other.requests;
  assert.deepEqual([request?.method, request?.path, request?.body], ["POST", "/a?b", "c"]);
  assert.equal(request?.headers.get("authorization"), "Bearer x");
  assert.equal((await (await fetch(`${other.origin}/files/1000`)).bytes()).length, 1000);
});
