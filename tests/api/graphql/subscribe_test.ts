import assert from "node:assert/strict";
import { isVantageError, VantageError } from "../../../src/errors.ts";
import { eventually } from "../../tokens/eventually.ts";
import { arrives, event, fails, over, type Server, startSubscriptions } from "./subscribe_setup.ts";

Deno.test("subscribe() gives the events of a WebSocket in order, and ends with them", async () => {
  await using server = startSubscriptions();
  const events = [];
  const query = "subscription ($n: Int!) { clusterChanged(count: $n) { name } }";
  for await (const event of server.subscribe({}, { query, variables: { n: 2 } })) {
    events.push(event);
  }
  assert.deepEqual(events, [
    { data: { clusterChanged: { name: "alpha" } } },
    { data: { clusterChanged: { name: "beta" } } },
  ]);
  assert.equal((await server.sockets.last.closed).code, 1000);
  assert.deepEqual(server.sockets.last.received, ["connection_init", "subscribe"]);
});

Deno.test("subscribe() sends the token by handshake and connection_init, and tells nobody", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "hello");
  const { value } = await server.tokens.token();
  const token = value.expose();
  assert.deepEqual(server.sockets.last.tokens, { handshake: token, init: token });
  await events.return();
  assert(![...server.details, ...server.warnings].join().includes(token));
});

Deno.test("subscribe() gives results with errors as events", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  const next = events.next();
  await server.announcements.listened();
  server.announcements.announce("BROKEN", "fine");
  const { value } = await next;
  assert.deepEqual(value?.data, { announced: null });
  assert.deepEqual(value?.errors?.map(({ message }) => message), ["It is broken"]);
  assert.deepEqual(await events.next(), event("fine"));
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() fails with the server's words when it refuses the operation", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe({}, { query: "subscription { nope }" });
  await fails(events.next(), "graphql_failed", /Cannot query field "nope"/);
  assert.equal((await server.sockets.last.closed).code, 1000);
});

Deno.test("subscribe() takes the named operation", async () => {
  await using server = startSubscriptions();
  const query = "subscription A { clusterChanged(count: 1) { name } } " +
    "subscription B { clusterChanged(count: 1) { status } }";
  const events = server.subscribe({}, { query, operationName: "B" });
  assert.deepEqual((await events.next()).value, { data: { clusterChanged: { status: "ready" } } });
  await events.return();
});

Deno.test("subscribe() changes to a fresh token before the one it has ends", async () => {
  await using server = startSubscriptions();
  server.tokens.life = 60_000;
  const events = server.subscribe();
  await arrives(server, events, "one");
  const [first] = server.sockets.taken;
  server.clock.advance(50_000);
  await eventually(() => server.sockets.taken.length === 2);
  await arrives(server, events, "two");
  assert.equal((await first!.closed).code, 1000);
  assert(first!.received.includes("complete"));
  assert.notEqual(server.sockets.last.tokens.handshake, first!.tokens.handshake);
  assert.equal(server.tokens.made, 2);
  assert.deepEqual(server.warnings, []);
  await events.return();
});

Deno.test("subscribe() changes to a fresh token when the clock has jumped", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.clock.set(server.clock.now() + 7_200_000); // the machine was asleep
  server.clock.advance(10_000);
  await eventually(() => server.sockets.taken.length === 2);
  await arrives(server, events, "two");
  await events.return();
});

Deno.test("subscribe() takes a token that somebody else has renewed", async () => {
  await using server = startSubscriptions();
  server.tokens.life = 60_000;
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.clock.advance(30_000);
  await server.tokens.token({ force: true });
  server.clock.advance(20_000);
  await eventually(() => server.sockets.taken.length === 2);
  await arrives(server, events, "two");
  assert.equal(server.tokens.made, 2);
  await events.return();
});

Deno.test("subscribe() keeps a connection as long as there is no other token", async () => {
  await using server = startSubscriptions();
  server.tokens.life = 60_000;
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.tokens.stuck = true;
  for (const ms of [50_000, 5_000]) {
    const asked = server.tokens.requests.length;
    server.clock.advance(ms);
    await eventually(() => server.tokens.requests.length > asked);
  }
  await arrives(server, events, "two");
  assert.equal(server.sockets.taken.length, 1);
  server.tokens.stuck = false;
  server.clock.advance(5_000);
  await eventually(() => server.sockets.taken.length === 2);
  await arrives(server, events, "three");
  await events.return();
});

Deno.test("subscribe() keeps a connection whose token the provider cannot renew just now", async () => {
  await using server = startSubscriptions();
  server.tokens.life = 60_000;
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.tokens.failure = new VantageError("provider_unavailable", "It is down");
  server.clock.advance(50_000);
  await eventually(() => server.details.some((text) => text.includes("It is down")));
  await arrives(server, events, "two");
  server.tokens.failure = undefined;
  server.clock.advance(5_000);
  await eventually(() => server.sockets.taken.length === 2);
  await arrives(server, events, "three");
  await events.return();
});

Deno.test("subscribe() ends with the source's error when there can be no next token", async () => {
  await using server = startSubscriptions();
  server.tokens.life = 60_000;
  const events = server.subscribe();
  await arrives(server, events, "one");
  const failure = new VantageError("session_ended", "It is over");
  server.tokens.failure = failure;
  const next = events.next();
  server.clock.advance(50_000);
  await assert.rejects(next, failure);
  assert.equal((await server.sockets.last.closed).code, 1000);
});

for (const code of [4401, 4403]) {
  Deno.test(`subscribe() goes on with another token when the server closes with ${code}`, async () => {
    await using server = startSubscriptions();
    const events = server.subscribe();
    await arrives(server, events, "one");
    server.tokens.refuse();
    server.sockets.last.close(code, "Token expired");
    await eventually(() => server.sockets.taken.length === 2);
    await arrives(server, events, "two");
    assert.ok(server.tokens.requests.at(-1)?.refused);
    assert.equal(server.tokens.made, 2);
    assert.deepEqual(server.warnings, []);
    await events.return();
  });
}

Deno.test("subscribe() does not refresh when somebody else has, and the old token is refused", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.tokens.refuse();
  await server.tokens.token({ force: true });
  server.sockets.last.close(4401, "Token expired");
  await eventually(() => server.sockets.taken.length === 2);
  await arrives(server, events, "two");
  assert.equal(server.tokens.made, 2);
  await events.return();
});

for (const judges of ["handshake", "init"] as const) {
  Deno.test(`subscribe() refreshes once when the ${judges} is refused`, async () => {
    await using server = startSubscriptions();
    server.sockets.judges = judges;
    await server.tokens.token();
    server.tokens.refuse();
    const events = server.subscribe();
    await arrives(server, events, "one");
    assert.equal(server.tokens.made, 2);
    await events.return();
  });

  Deno.test(`subscribe() gives up when the ${judges} is refused again`, async () => {
    await using server = startSubscriptions();
    server.sockets.judges = judges;
    server.sockets.refusal = { code: 4403, reason: "Not \u001b[31myou" };
    server.tokens.makesGood = false;
    const next = server.subscribe().next();
    await fails(next, "token_refused", judges === "init" ? /Not .*you \(code 4403\)/ : /401/);
    assert.equal(server.tokens.made, 2);
  });

  Deno.test(`subscribe() does not refresh what has no end when the ${judges} is refused`, async () => {
    await using server = startSubscriptions();
    server.sockets.judges = judges;
    server.tokens.life = undefined;
    server.tokens.makesGood = false;
    await fails(server.subscribe().next(), "token_refused", /127\.0\.0\.1/);
    assert.equal(server.tokens.made, 1);
  });
}

Deno.test("subscribe() does not refresh for ever when every token is refused after its first event", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  for (const text of ["one", "two"]) {
    await arrives(server, events, text);
    const { length } = server.sockets.taken;
    server.sockets.last.close(4401, "Again");
    // The second time there is a pause.
    await eventually(() => {
      if (text === "two") server.clock.advance(500);
      return server.sockets.taken.length === length + 1;
    });
  }
  await arrives(server, events, "three");
  assert.equal(server.tokens.made, 3);
  await events.return();
});

Deno.test("subscribe() connects again when the connection is cut", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  for (const text of ["two", "three"]) {
    const said = server.details.length;
    server.relay.cut();
    await passPauses(server, 1, said);
    await eventually(() => server.details.length === said + 2);
    await arrives(server, events, text);
  }
  assert.deepEqual(server.warnings, [
    `Lost the connection to ws://127.0.0.1:${server.url.port}; connecting again`,
  ]);
  await events.return();
});

Deno.test("subscribe() pauses before it connects again when the server closes with 1000", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  for (const [text, pause] of [["one", 500], ["two", 1_000]] as const) {
    await arrives(server, events, text);
    const said = server.details.length;
    server.sockets.last.close(1000, "Enough for now");
    assert.deepEqual(await passPauses(server, 1, said), [pause]);
    await eventually(() => server.details.length === said + 2);
  }
  await arrives(server, events, "three");
  assert.equal(server.sockets.taken.length, 3);
  await events.return();
});

/** Lets one pause pass after another, each when a try has failed, and tells how long they were. */
async function passPauses(server: Server, count: number, said: number): Promise<number[]> {
  const pauses: number[] = [];
  for (let passed = 0; passed < count; passed++) {
    await eventually(() => server.details.length > said + passed);
    const pause = server.clock.nextIn()!;
    pauses.push(pause);
    server.clock.advance(pause);
  }
  return pauses;
}

Deno.test("subscribe() waits for a server that restarts, longer and longer", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  const next = events.next();
  const said = server.details.length;
  server.relay.down();
  const pauses = await passPauses(server, 8, said);
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  await eventually(() => server.details.length === said + 9);
  server.relay.up();
  server.clock.advance(30_000);
  await server.announcements.listened();
  server.announcements.announce("two");
  assert.deepEqual(await next, event("two"));
  assert.equal(server.warnings.length, 1);
  await events.return();
});

Deno.test("subscribe() gives up after five tries when the server was never reached", async () => {
  await using server = startSubscriptions();
  server.relay.down();
  const failing = fails(
    server.subscribe().next(),
    "network",
    /^Cannot reach ws:\/\/127\.0\.0\.1:\d+: /,
  );
  assert.deepEqual(await passPauses(server, 4, 0), [500, 1_000, 2_000, 4_000]);
  await failing;
  assert.deepEqual(server.warnings, []);
});

Deno.test("subscribe() starts with short pauses again after a good connection", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  for (const text of ["one", "two"]) {
    await arrives(server, events, text);
    server.clock.advance(10_000);
    const said = server.details.length;
    server.relay.cut();
    assert.deepEqual(await passPauses(server, 1, said), [500]);
    await eventually(() => server.details.length === said + 2);
  }
  await arrives(server, events, "three");
  await events.return();
});

Deno.test("subscribe() leaves a connection that has fallen silent", async () => {
  await using server = startSubscriptions();
  server.tokens.life = undefined;
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.clock.advance(12_000); // the event was a sign of life
  await eventually(() => server.clock.nextIn() === 12_000);
  assert(!server.sockets.last.received.includes("ping"));
  server.clock.advance(12_000);
  await eventually(() => server.sockets.last.received.includes("ping"));
  await arrives(server, events, "two"); // behind the pong
  server.clock.advance(12_000);
  await eventually(() => server.clock.nextIn() === 12_000);
  server.relay.freeze();
  server.clock.advance(12_000);
  await eventually(() => server.clock.nextIn() === 12_000);
  const said = server.details.length;
  server.clock.advance(12_000);
  await eventually(() => server.clock.nextIn() === 1_000); // for the close frame
  server.clock.advance(1_000);
  assert.deepEqual(await passPauses(server, 1, said), [500]);
  assert.match(server.details[said]!, /has fallen silent$/);
  const next = events.next();
  await server.announcements.listened(2); // the old one knows nothing
  server.announcements.announce("three");
  assert.deepEqual(await next, event("three"));
  await events.return();
});

Deno.test("subscribe() ends at the server too when it is interrupted", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  const reason = new VantageError("interrupted", "Interrupted");
  const next = events.next();
  server.interruption.abort(reason);
  await assert.rejects(next, reason);
  const { received, closed } = server.sockets.last;
  assert.equal((await closed).code, 1000);
  assert.deepEqual(received, ["connection_init", "subscribe", "complete"]);
  assert.equal(server.clock.nextIn(), undefined);
  await server.announcements.listened(0);
});

Deno.test("subscribe() ends at the server too when the reader leaves", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  assert.deepEqual(await events.return(), over);
  assert.equal((await server.sockets.last.closed).code, 1000);
  assert.equal(server.clock.nextIn(), undefined);
});

Deno.test("subscribe() does not go on with what waits when it is interrupted", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "one");
  server.announcements.announce("two", "three");
  const reason = new VantageError("interrupted", "Interrupted");
  server.interruption.abort(reason);
  await assert.rejects(events.next(), reason);
});

Deno.test("subscribe() can be interrupted while it connects", async () => {
  await using server = startSubscriptions();
  server.sockets.neverAcks = true;
  const next = server.subscribe().next();
  await eventually(() => server.sockets.taken[0]?.received.length === 1);
  const reason = new VantageError("interrupted", "Interrupted");
  server.interruption.abort(reason);
  await assert.rejects(next, reason);
  assert.equal((await server.sockets.last.closed).code, 1000);
  assert.equal(server.clock.nextIn(), undefined);
});

Deno.test("subscribe() ends with the signal's reason, whatever fails because of it", async () => {
  await using server = startSubscriptions();
  const reason = new VantageError("interrupted", "Interrupted");
  const token = () => {
    server.interruption.abort(reason);
    return Promise.reject(new VantageError("network", "Broken off"));
  };
  await assert.rejects(server.subscribe({ token: { token } }).next(), reason);
});

Deno.test("subscribe() can be interrupted in a pause", async () => {
  await using server = startSubscriptions();
  server.relay.down();
  const next = server.subscribe().next();
  await eventually(() => server.details.length === 1);
  const reason = new VantageError("interrupted", "Interrupted");
  server.interruption.abort(reason);
  await assert.rejects(next, reason);
  assert.equal(server.clock.nextIn(), undefined);
});

for (
  const [name, data] of [
    ["no JSON", "hello"],
    ["null", "null"],
    ["a message of no type", `{"id":"1"}`],
    ["an unknown message", `{"type":"what"}`],
    ["a result that is none", `{"type":"next","id":"1","payload":[1]}`],
    ["a trap", `{"type":"next","id":"__defineGetter__","payload":{}}`],
    ["bytes", new Uint8Array([1, 2, 3])],
    ["17 MiB", "x".repeat(17 * 1024 * 1024)],
    ["65 MiB", "x".repeat(65 * 1024 * 1024)],
  ] as const
) {
  Deno.test(`subscribe() fails when the server sends ${name}`, async () => {
    await using server = startSubscriptions();
    const events = server.subscribe();
    await arrives(server, events, "one");
    server.sockets.last.send(data);
    const message = name.endsWith("MiB") ? /more than 16 MiB/ : /no message of a subscription/;
    await fails(events.next(), "api_answer", message);
  });
}

Deno.test("subscribe() takes an event of almost 16 MiB", async () => {
  await using server = startSubscriptions();
  await arrives(server, server.subscribe(), "x".repeat(16 * 1024 * 1024 - 200));
  server.interruption.abort();
});

for (const code of [4400, 4500, 4999]) {
  Deno.test(`subscribe() fails with the server's reason when it closes with ${code}`, async () => {
    await using server = startSubscriptions();
    const events = server.subscribe();
    await arrives(server, events, "one");
    server.sockets.last.close(code, "No more");
    await fails(events.next(), "graphql_failed", new RegExp(`No more \\(code ${code}\\)`));
  });
}

Deno.test("subscribe() fails after what it has got when the reader is too slow", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe();
  await arrives(server, events, "0");
  const texts = Array.from({ length: 10_001 }, (_, index) => String(index));
  server.announcements.announce(...texts);
  assert.equal((await server.sockets.last.closed).code, 1000);
  for (const text of texts.slice(0, 10_000)) assert.deepEqual(await events.next(), event(text));
  await fails(events.next(), "api_answer", /Cannot keep up/);
});

Deno.test("subscribe() takes the event stream where there is no WebSocket", async () => {
  await using server = startSubscriptions({ withoutSockets: true });
  const events = server.subscribe({ transport: "auto" });
  await arrives(server, events, "one");
  assert.equal(server.tokens.made, 1);
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() takes the event stream where the WebSocket speaks another protocol", async () => {
  await using server = startSubscriptions();
  server.sockets.protocol = "";
  const events = server.subscribe({ transport: "auto" });
  await arrives(server, events, "one");
  assert.deepEqual(server.sockets.last.received, []);
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() takes the event stream where the WebSocket never acknowledges", async () => {
  await using server = startSubscriptions();
  server.sockets.neverAcks = true;
  const events = server.subscribe({ transport: "auto" });
  const next = events.next();
  await eventually(() => server.sockets.taken[0]?.received.length === 1);
  server.clock.advance(30_000);
  await server.announcements.listened();
  server.announcements.announce("one");
  assert.deepEqual(await next, event("one"));
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() stays with the WebSocket once it has worked", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe({ transport: "auto" });
  await arrives(server, events, "one");
  server.sockets.last.close(4406, "Not now");
  await fails(events.next(), "graphql_failed", /Not now/);
});

Deno.test("subscribe() says so where there is no WebSocket and it is to take one", async () => {
  await using server = startSubscriptions({ withoutSockets: true });
  await fails(
    server.subscribe().next(),
    "api_refused",
    /answered the WebSocket handshake with \d+/,
  );
});

Deno.test("subscribe() says so where a WebSocket speaks another protocol", async () => {
  await using server = startSubscriptions();
  server.sockets.protocol = "";
  await fails(server.subscribe().next(), "api_answer", /graphql-transport-ws/);
});

Deno.test("subscribe() does not send DPoP tokens over a WebSocket", async () => {
  await using server = startSubscriptions();
  server.tokens.type = "DPoP";
  await fails(server.subscribe().next(), "not_supported", /DPoP/);
  const events = server.subscribe({ transport: "auto" });
  await arrives(server, events, "one");
  assert.equal(server.sockets.taken.length, 0);
  server.announcements.end();
  assert.deepEqual(await events.next(), over);
});

Deno.test("subscribe() does not send a token to a WebSocket without encryption", async () => {
  await using server = startSubscriptions();
  for (const url of ["ws://example.com/graphql", "http://example.com/graphql"]) {
    const next = server.subscribe({ webSocketUrl: new URL(url) }).next();
    await assert.rejects(next, (error) => isVantageError(error, "config_invalid"));
  }
});

Deno.test("subscribe() opens the WebSocket at its own address where it has one", async () => {
  await using server = startSubscriptions();
  const events = server.subscribe({
    url: new URL("https://nowhere.invalid/graphql"),
    webSocketUrl: new URL(`ws://127.0.0.1:${server.url.port}/graphql`),
  });
  await arrives(server, events, "one");
  await events.return();
});
