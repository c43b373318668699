import assert from "node:assert/strict";
import type { RequestBody } from "../../src/api/client.ts";
import { apiRequest, fakeApi, type Reply, textOf } from "../support/exchange.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

const ok = () => new Response("fine");
const busy = (headers: Record<string, string> = {}) =>
  new Response("busy", { status: 503, headers });
const broken = () => new TypeError("error sending request: client error (SendRequest)");
const to = (location: string, status: number) =>
  new Response(null, { status, headers: { location } });

function body(text: string, once = false): RequestBody & { opened: number } {
  return {
    once,
    contentType: "text/plain",
    opened: 0,
    open() {
      this.opened++;
      return Promise.resolve(new Blob([text]));
    },
  };
}

Deno.test("ApiClient sends the token, the headers and the body of a request", async () => {
  const { client, sent } = fakeApi([ok()]);
  const headers = { "x-mine": "1", "user-agent": "mine/1" };
  const answer = await client.send(apiRequest("POST", { headers, body: body("text") }));
  assert.deepEqual([answer.status, await textOf(answer.body)], [200, "fine"]);
  const [{ headers: went, method, body: text }] = sent as [typeof sent[number]];
  assert.deepEqual([method, text, went.get("x-mine"), went.get("user-agent")], [
    "POST",
    "text",
    "1",
    "mine/1",
  ]);
  assert.equal(went.get("content-type"), "text/plain");
  assert.equal(went.get("authorization"), "Bearer token-1");
});

for (const [what, reply] of [["503", busy], ["a network error", broken]] as const) {
  for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "REPORT"]) {
    const times = ["POST", "PATCH", "REPORT"].includes(method) ? 1 : 4;
    Deno.test(`ApiClient sends ${method} ${times} times when ${what} is all there is`, async () => {
      const { client, sent } = fakeApi([reply()]);
      const sending = client.send(apiRequest(method));
      if (what === "503") assert.equal((await sending).status, 503);
      else await assert.rejects(sending, { code: "network" });
      assert.equal(sent.length, times);
    });
  }
}

Deno.test("ApiClient sends a POST again when it is idempotent, each time with its body", async () => {
  const { client, sent } = fakeApi([busy(), broken(), ok()]);
  const query = body("a query");
  const answer = await client.send(apiRequest("POST", { idempotent: true, body: query }));
  assert.equal(answer.status, 200);
  assert.deepEqual(sent.map(({ body }) => body), ["a query", "a query", "a query"]);
  assert.equal(query.opened, 3);
});

Deno.test("ApiClient never sends a body again that can be had once", async () => {
  const replies: Reply[][] = [[busy()], [broken()], [new Response(null, { status: 401 })]];
  for (const reply of replies) {
    const { client, sent, tokens } = fakeApi(reply);
    const stdin = body("all there was", true);
    await client.send(apiRequest("PUT", { body: stdin })).catch(() => {});
    assert.deepEqual([sent.length, stdin.opened, tokens.refreshes], [1, 1, 0]);
  }
});

Deno.test("ApiClient refuses a redirect that wants the body again when it can be had once", async () => {
  for (const status of [307, 308]) {
    const { client, sent } = fakeApi([to("/v1/elsewhere", status), ok()]);
    await assert.rejects(client.send(apiRequest("POST", { body: body("x", true) })), {
      code: "redirect_refused",
    });
    assert.equal(sent.length, 1);
  }
  const { client, sent } = fakeApi([to("/v1/elsewhere", 303), ok()]);
  const answer = await client.send(apiRequest("POST", { body: body("x", true) }));
  assert.equal(answer.status, 200);
  assert.deepEqual(sent.map(({ method, body }) => [method, body]), [["POST", "x"], ["GET", ""]]);
});

Deno.test("ApiClient waits longer from try to try, and as long as the server asks", async () => {
  const clock = new FakeClock();
  await fakeApi([busy()], { clock }).client.send(apiRequest());
  assert.deepEqual(clock.sleeps, [500, 1000, 2000]);

  const asking = new FakeClock();
  const { waits, client } = fakeApi([busy({ "retry-after": "7" }), ok()], { clock: asking });
  await client.send(apiRequest());
  assert.deepEqual(asking.sleeps, [7_250]); // and a little, so that not all come back at once
  assert.deepEqual(waits, ["https://api.example.com answers 503"]);
});

Deno.test("ApiClient does not wait when the server asks for more than a minute", async () => {
  const clock = new FakeClock();
  for (const asked of ["61", "99999999999999999999", "9".repeat(400)]) {
    const { client, sent } = fakeApi([busy({ "retry-after": asked }), ok()], { clock });
    assert.equal((await client.send(apiRequest())).status, 503);
    assert.equal(sent.length, 1);
  }
  assert.deepEqual(clock.sleeps, []);
});

Deno.test("ApiClient throws the reason when it is interrupted while it waits", async () => {
  const clock = new ManualClock();
  const { client, sent, interrupt } = fakeApi([busy()], { clock });
  const sending = client.send(apiRequest());
  while (clock.nextIn() === undefined) await new Promise((resolve) => setTimeout(resolve, 0));
  interrupt(new Error("Interrupted"));
  await assert.rejects(sending, /^Error: Interrupted$/);
  assert.deepEqual([sent.length, clock.nextIn()], [1, undefined]);
});

Deno.test("ApiClient gives up the bodies of answers that it does not pass on", async () => {
  let given = 0;
  const unread = (status: number, headers = {}) => () => {
    given++;
    const stream = new ReadableStream({ cancel: () => void given-- });
    return new Response(stream, { status, headers });
  };
  const { client } = fakeApi([
    unread(503),
    unread(401),
    unread(302, { location: "/v1/next" }),
    ok(),
  ]);
  assert.equal((await client.send(apiRequest())).status, 200);
  assert.equal(given, 0);

  const refused = fakeApi([unread(302, { location: "http://api.example.com/" })]);
  await assert.rejects(refused.client.send(apiRequest()), { code: "redirect_refused" });
  assert.equal(given, 0);
});

Deno.test("ApiClient follows ten redirects and no more", async () => {
  const rounds = (count: number): Reply[] => [
    ...Array.from({ length: count }, (_, at) => to(`/v1/${at}`, 302)),
    ok(),
  ];
  const { client } = fakeApi(rounds(10));
  assert.equal((await client.send(apiRequest())).url.href, "https://api.example.com/v1/9");
  const endless = fakeApi(rounds(11));
  await assert.rejects(endless.client.send(apiRequest()), { code: "redirect_refused" });
});

Deno.test("ApiClient takes token and headers to origins that may have them, to others nothing", async () => {
  const { client, sent } = fakeApi([
    to("https://uploads.example.com/a", 302),
    to("https://storage.example.net/b?signature=s", 302),
    to("https://api.example.com/v1/back", 302),
    ok(),
  ]);
  await client.send(apiRequest("GET", { headers: { "x-mine": "1", cookie: "a=b" } }));
  assert.deepEqual(
    sent.map(({ url, headers }) => [
      url.hostname.split(".")[0],
      headers.get("authorization"),
      headers.get("x-mine"),
      headers.get("user-agent"),
    ]),
    [
      ["api", "Bearer token-1", "1", "a-test/1"],
      ["uploads", "Bearer token-1", "1", "a-test/1"],
      ["storage", null, null, "a-test/1"],
      ["api", null, null, "a-test/1"],
    ],
  );
  assert.deepEqual([...sent[2]!.headers.keys()], ["user-agent"]);
});

Deno.test("ApiClient leaves the type of a body behind where the body stays behind", async () => {
  const { client, sent } = fakeApi([to("/v1/done", 303), ok()]);
  await client.send(apiRequest("POST", { body: body("x") }));
  assert.deepEqual([sent[1]?.method, sent[1]?.body, sent[1]?.headers.get("content-type")], [
    "GET",
    "",
    null,
  ]);
});

Deno.test("ApiClient sends again the GET that a POST has become, and not the POST", async () => {
  const { client, sent } = fakeApi([to("/v1/done", 303), busy(), ok()]);
  assert.equal((await client.send(apiRequest("POST", { body: body("x") }))).status, 200);
  assert.deepEqual(sent.map(({ method }) => method), ["POST", "GET", "GET"]);
});

Deno.test("ApiClient says which bytes it wants to any host, and whether they may be packed", async () => {
  const { client, sent } = fakeApi([to("https://storage.example.net/b", 302), ok()]);
  await client.send(apiRequest("GET", { rest: { from: 7, validator: '"v"' } }));
  for (const { headers } of sent) {
    assert.deepEqual(
      ["range", "if-range", "accept-encoding"].map((name) => headers.get(name)),
      ["bytes=7-", '"v"', "identity"],
    );
  }
});
