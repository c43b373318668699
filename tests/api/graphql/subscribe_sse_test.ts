import assert from "node:assert/strict";
import { VantageError } from "../../../src/errors.ts";
import { eventually } from "../../tokens/eventually.ts";
import { arrives, event, fails, over, type Server, startSubscriptions } from "./subscribe_setup.ts";

const subscribe = (server: Server) => server.subscribe({ transport: "sse" });

/** How many requests for events the API got. */
const asked = (server: Server) =>
  server.api.state.seen.filter(({ url }) => url.pathname === "/graphql").length;

/** Answers requests for events with these bodies in turn, then as the API does. */
function answerWith(server: Server, ...answers: (BodyInit | Response)[]): void {
  server.api.state.answers.set("/graphql", () => {
    const answer = answers.shift();
    if (answers.length === 0) server.api.state.answers.delete("/graphql");
    if (answer instanceof Response) return answer;
    return new Response(answer ?? null, { headers: { "content-type": "text/event-stream" } });
  });
}

Deno.test("subscribe() gives the events of an event stream in order, and ends with them", async () => {
  await using server = startSubscriptions();
  const events = [];
  const query = "subscription ($n: Int!) { clusterChanged(count: $n) { name } }";
  const request = { query, variables: { n: 2 }, operationName: undefined };
  for await (const event of server.subscribe({ transport: "sse" }, request)) events.push(event);
  assert.deepEqual(events, [
    { data: { clusterChanged: { name: "alpha" } } },
    { data: { clusterChanged: { name: "beta" } } },
  ]);
  assert.equal(server.sockets.taken.length, 0);
});

Deno.test("subscribe() refreshes once when the event stream is refused", async () => {
  await using server = startSubscriptions();
  await server.tokens.token();
  server.tokens.refuse();
  const events = subscribe(server);
  await arrives(server, events, "one");
  assert.equal(server.tokens.made, 2);
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() gives up when the event stream is refused again", async () => {
  await using server = startSubscriptions();
  server.tokens.makesGood = false;
  await fails(subscribe(server).next(), "token_refused", /answered 401/);
  assert.equal(asked(server), 2);
});

Deno.test("subscribe() asks for the event stream again before the token ends", async () => {
  await using server = startSubscriptions();
  server.tokens.life = 60_000;
  const events = subscribe(server);
  await arrives(server, events, "one");
  server.clock.advance(50_000);
  await eventually(() => asked(server) === 2);
  await arrives(server, events, "two");
  const [first, second] = server.api.state.seen.map(({ headers }) => headers.get("authorization"));
  assert.notEqual(first, second);
  assert.deepEqual(server.warnings, []);
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() asks for the event stream again when the connection is cut", async () => {
  await using server = startSubscriptions();
  const gone = Promise.withResolvers<void>();
  const text = 'event: next\ndata: {"data":{"announced":"one"}}\n\n';
  answerWith(
    server,
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      cancel: () => gone.resolve(),
    }),
  );
  const events = subscribe(server);
  assert.deepEqual(await events.next(), event("one"));
  const next = events.next();
  server.relay.cut();
  await gone.promise;
  await eventually(() => server.details.length === 2);
  assert.deepEqual(server.warnings, [
    `Lost the connection to ${server.url.origin}; connecting again`,
  ]);
  server.clock.advance(500);
  await server.announcements.listened();
  server.announcements.announce("two");
  assert.deepEqual(await next, event("two"));
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() asks for the event stream again when it ends without an end", async () => {
  await using server = startSubscriptions();
  const half = 'event: next\ndata: {"data":{"announced":"one"}}\n\nevent: next\ndata: {"da';
  answerWith(server, half, "");
  const events = subscribe(server);
  assert.deepEqual(await events.next(), event("one"));
  const next = events.next();
  for (const pause of [500, 1_000]) {
    await eventually(() => server.clock.nextIn() === pause);
    server.clock.advance(pause);
  }
  await server.announcements.listened();
  server.announcements.announce("two");
  assert.deepEqual(await next, event("two"));
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() goes on when the event stream is unavailable for a while", async () => {
  await using server = startSubscriptions();
  answerWith(server, "", new Response(null, { status: 500 }));
  const events = subscribe(server);
  const next = events.next();
  for (const pause of [500, 1_000]) {
    await eventually(() => server.clock.nextIn() === pause);
    server.clock.advance(pause);
  }
  await server.announcements.listened();
  server.announcements.end();
  assert.deepEqual(await next, over);
});

Deno.test("subscribe() gives what comes in one packet with the end of the event stream", async () => {
  await using server = startSubscriptions();
  const texts = Array.from({ length: 500 }, (_, index) => `${index}`);
  const body = texts.map((text) => `event: next\r\ndata: {"data":{"announced":"${text}"}}\r\n\r\n`);
  answerWith(server, `: hello\r\n\r\n${body.join("")}event: complete\r\ndata:\r\n\r\n`);
  const events = subscribe(server);
  for (const text of texts) assert.deepEqual(await events.next(), event(text));
  assert.deepEqual(await events.next(), over);
  assert.equal(asked(server), 1);
});

Deno.test("subscribe() lets the server of an event stream wait for a slow reader", async () => {
  await using server = startSubscriptions();
  const one = new TextEncoder().encode(
    `event: next\ndata: {"data":{"announced":"${"x".repeat(100_000)}"}}\n\n`,
  );
  let sent = 0;
  answerWith(
    server,
    new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(one);
        if (sent < 2_000) return;
        controller.enqueue(new TextEncoder().encode("event: complete\ndata:\n\n"));
        controller.close();
      },
    }),
  );
  const events = subscribe(server);
  await events.next();
  // What buffers on the way hold is less than half of it: it stands still.
  let before = 0;
  let still = 0;
  await eventually(() => {
    still = sent === before ? still + 1 : 0;
    before = sent;
    return still === 20;
  });
  assert(sent < 1_000, String(sent));
  for (let read = 1; read < 2_000; read++) assert.equal((await events.next()).done, false);
  assert.deepEqual(await events.next(), over);
});

for (
  const [name, body] of [
    ["no JSON", "event: next\ndata: {\n\n"],
    ["a number", "event: next\ndata: 5\n\n"],
    ["a list", "event: next\ndata: []\n\n"],
    ["an unknown event", "event: what\ndata: {}\n\n"],
    ["an event without a name", "data: {}\n\n"],
    ["17 MiB", `event: next\ndata: "${"x".repeat(17 * 1024 * 1024)}"\n\n`],
    ["17 MiB in lines", "event: next\n" + `data: ${"x".repeat(1024)}\n`.repeat(17 * 1024)],
  ] as const
) {
  Deno.test(`subscribe() fails when the event stream holds ${name}`, async () => {
    await using server = startSubscriptions();
    answerWith(server, body);
    const message = name.includes("MiB") ? /more than 16 MiB/ : /no message of a subscription/;
    await fails(subscribe(server).next(), "api_answer", message);
  });
}

for (
  const [name, answer, code, message] of [
    ["404", new Response(null, { status: 404 }), "api_refused", /answered 404/],
    ["500", new Response(null, { status: 500 }), "api_unavailable", /answered 500/],
    ["204", new Response(null, { status: 204 }), "api_answer", /with the status 204/],
    [
      "HTML",
      new Response("<p>", { headers: { "content-type": "text/html" } }),
      "api_answer",
      /html/,
    ],
    ["data", Response.json({ data: {} }), "api_answer", /'application\/json'/],
    ["errors", Response.json({ errors: [{ message: "No such" }] }), "graphql_failed", /No such/],
    ["odd errors", Response.json({ errors: [null] }), "graphql_failed", /does not say why/],
  ] as const
) {
  Deno.test(`subscribe() fails when the event stream is answered with ${name}`, async () => {
    await using server = startSubscriptions();
    answerWith(server, answer);
    await fails(subscribe(server).next(), code, message);
    assert.equal(asked(server), 1);
  });
}

Deno.test("subscribe() ends the event stream at the server too when it is interrupted", async () => {
  await using server = startSubscriptions();
  const events = subscribe(server);
  await arrives(server, events, "one");
  const reason = new VantageError("interrupted", "Interrupted");
  const next = events.next();
  server.interruption.abort(reason);
  await assert.rejects(next, reason);
  await server.announcements.listened(0);
  assert.equal(server.clock.nextIn(), undefined);
});

Deno.test("subscribe() ends the event stream at the server too when the reader leaves", async () => {
  await using server = startSubscriptions();
  const events = subscribe(server);
  await arrives(server, events, "one");
  assert.deepEqual(await events.return(), over);
  await server.announcements.listened(0);
  assert.equal(server.clock.nextIn(), undefined);
});
