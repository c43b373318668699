import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answering, ClientConnection } from "../../src/daemon/client_connection.ts";
import { Clients } from "../../src/daemon/clients.ts";
import { VantageError } from "../../src/errors.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import type { Message } from "../support/daemon.ts";
import { FakeConnection, settle } from "./fake_connection.ts";

const request = (id: unknown, method = "echo", params: unknown = [id]) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

/**
 * A client whose requests are answered with their parameters, or held until they are let go. The
 * others have no turn before the test gives it, where `turnsAreHeld`.
 */
function connect({ turnsAreHeld = false } = {}) {
  const held: (() => void)[] = [];
  let working = 0;
  let most = 0;
  const answering: Answering = async ({ method, params }) => {
    most = Math.max(most, ++working);
    if (method === "hold") await new Promise<void>((resolve) => held.push(resolve));
    working--;
    if (method === "fail") throw new VantageError("not_logged_in", "Not logged in");
    if (method === "much") return "x".repeat(100_000);
    return params;
  };
  const connection = new FakeConnection();
  const turns: (() => void)[] = [];
  const nextTurn = () =>
    turnsAreHeld ? new Promise<void>((resolve) => turns.push(resolve)) : Promise.resolve();
  const client = new ClientConnection(connection, answering, new ManualClock(), nextTurn);
  return {
    connection,
    client,
    running: client.run(),
    /** Lets all go that are held now. */
    release: () => held.splice(0).forEach((go) => go()),
    /** How many wait for the others to have a turn, who have it now. */
    giveTurn: () => turns.splice(0).map((go) => go()).length,
    most: () => most,
  };
}

Deno.test("ClientConnection answers requests, and no notification", async () => {
  const { connection, running } = connect();
  connection.sendMessage(request(1));
  connection.sendMessage({ jsonrpc: "2.0", method: "echo" });
  connection.sendMessage(request("two", "fail"));
  connection.send("garbage\n");
  connection.end();
  await running;
  const [first, second, third, ...more] = connection.heard;
  assert.deepEqual(first, { jsonrpc: "2.0", id: 1, result: [1] });
  const byId = new Map([second, third].map((message) => [message?.id, message?.error]));
  assert.deepEqual([byId.get("two").code, byId.get(null).code], [-32004, -32700]);
  assert.deepEqual([more, connection.closed], [[], true]);
});

Deno.test("ClientConnection answers a batch at once, in its order, without notifications", async () => {
  const { connection, running, release } = connect();
  connection.sendMessage([
    request(1, "hold"),
    request(2),
    { jsonrpc: "2.0", method: "echo" },
    3,
    ...Array.from({ length: 40 }, (_, n) => request(`n${n}`)),
  ]);
  connection.sendMessage([{ jsonrpc: "2.0", method: "echo" }]);
  connection.end();
  await settle();
  assert.deepEqual(connection.heard, []);
  release();
  await running;
  const [batch, ...more] = connection.heard;
  assert.deepEqual(
    (batch as unknown as Message[]).map(({ id }) => id),
    [1, 2, null, ...Array.from({ length: 40 }, (_, n) => `n${n}`)],
  );
  assert.deepEqual(more, []);
});

Deno.test("ClientConnection works on no more of a batch that takes too much to answer", async () => {
  const { connection, running } = connect();
  connection.sendMessage(Array.from({ length: 1_000 }, (_, n) => request(n, "much")));
  connection.end();
  await running;
  const [batch] = connection.heard as unknown as Message[][];
  const [answered, refused] = [0, 1].map((kind) =>
    batch!.filter(({ error }) => (error === undefined ? 0 : 1) === kind)
  );
  assert.equal(batch!.length, 1_000);
  assert.ok(answered!.length > 40 && answered!.length < 80, `${answered!.length}`);
  assert.deepEqual(new Set(refused!.map(({ error }) => error.data.code)), new Set(["daemon_busy"]));
});

Deno.test("ClientConnection works on a batch alone", async () => {
  const { connection, running, release } = connect();
  connection.sendMessage([request(1, "hold"), request(2, "hold")]);
  connection.sendMessage(request(3));
  connection.end();
  await settle();
  assert.deepEqual(connection.heard, []);
  release();
  await running;
  const heard: readonly Message[] = connection.heard;
  assert.deepEqual(heard.map((answer) => answer.id ?? answer.length), [2, 3]);
});

Deno.test("ClientConnection works on so many requests at a time, then reads no more", async () => {
  const { connection, running, release, most } = connect();
  for (let n = 0; n < 100; n++) connection.sendMessage(request(n, "hold"));
  connection.end();
  await settle();
  assert.equal(most(), 16);
  assert.ok(connection.taken < 20, `${connection.taken}`);
  while (connection.heard.length < 100) {
    release();
    await settle();
  }
  await running;
  assert.equal(most(), 16);
});

Deno.test("ClientConnection works on so many requests of a batch at a time", async () => {
  const { connection, running, release, most } = connect();
  connection.sendMessage(Array.from({ length: 100 }, (_, n) => request(n, "hold")));
  connection.sendMessage(request("behind it", "hold"));
  connection.end();
  while (connection.heard.length < 2) {
    await settle();
    release();
  }
  await running;
  assert.equal(most(), 16);
});

Deno.test("ClientConnection gives the others a turn after so much of a client", async () => {
  const { connection, running, giveTurn } = connect({ turnsAreHeld: true });
  const some = JSON.stringify({ jsonrpc: "2.0", method: "echo" }) + "\n";
  const chunk = some.repeat(Math.floor(64 * 1024 / some.length)); // nearly a turn
  for (let n = 0; n < 20; n++) connection.send(chunk);
  connection.end();
  for (let taken = 2; taken <= 20; taken += 2) {
    await settle();
    assert.equal(connection.taken, taken);
    assert.equal(giveTurn(), 1);
  }
  await running;
});

Deno.test("ClientConnection waits for no turn of others when it asks now and then", async () => {
  const { connection, running } = connect({ turnsAreHeld: true });
  for (let n = 0; n < 100; n++) connection.sendMessage(request(n));
  connection.end();
  await running;
  assert.equal(connection.heard.length, 100);
});

Deno.test("ClientConnection answers every request once, however the stream is cut", async () => {
  const one = fc.constantFrom("echo", "fail", "nothing");
  const message = fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(fc.array(message), fc.array(fc.nat(5_000)), async (messages, cuts) => {
      let count = 0;
      const asked = (method: string) => request(count++, method, []);
      const stream = messages.map((message) =>
        JSON.stringify(typeof message === "string" ? asked(message) : message.map(asked)) + "\n"
      ).join("");
      const { connection, running } = connect();
      let start = 0;
      for (const end of [...new Set(cuts)].sort((a, b) => a - b)) {
        if (end < stream.length) connection.send(stream.slice(start, start = end));
      }
      connection.send(stream.slice(start));
      connection.end();
      await running;
      const ids = connection.heard.flat().map(({ id }) => id).sort((a, b) => a - b);
      assert.deepEqual(ids, Array.from({ length: count }, (_, n) => n));
    }),
  );
});

Deno.test("ClientConnection reads no more from a client that does not read its answers", async () => {
  const { connection, running } = connect();
  connection.reads = false;
  for (let n = 0; n < 100; n++) connection.sendMessage(request(n, "much"));
  connection.end();
  await settle();
  assert.ok(connection.taken < 30, `${connection.taken}`);
  connection.reads = true;
  await running;
  assert.equal(connection.heard.length, 100);
});

Deno.test("ClientConnection answers what was asked when the client has closed its side", async () => {
  const { connection, running, release } = connect();
  connection.send(JSON.stringify(request(1, "hold"))); // without a line end
  connection.end();
  await settle();
  release();
  await running;
  assert.deepEqual(connection.heard.map(({ id }) => id), [1]);
});

Deno.test("ClientConnection hangs up behind a request that is too long, and says why", async () => {
  const { connection, running } = connect();
  connection.sendMessage(request(1));
  connection.send("x".repeat(1024 * 1024 + 1));
  connection.sendMessage(request(2));
  await running;
  const [first, second, ...more] = connection.heard;
  assert.equal(first?.id, 1);
  assert.deepEqual([second?.id, second?.error.code], [null, -32600]);
  assert.match(second?.error.message, /1048576 bytes/);
  assert.deepEqual([more, connection.closed], [[], true]);
});

Deno.test("look() closes a client that does not read, after a minute of looks", async () => {
  const { connection, client, running } = connect();
  connection.reads = false;
  connection.sendMessage(request(1));
  await settle();
  for (let look = 0; look < 3; look++) {
    assert.equal(client.isOpen, true);
    client.look();
  }
  assert.equal(client.isOpen, false);
  connection.reads = true; // it goes
  await running;
});

Deno.test("look() closes a client that does not read, although it goes on talking", async () => {
  const { connection, client, running } = connect();
  connection.reads = false;
  connection.sendMessage(request(1));
  for (let look = 0; look < 3; look++) {
    connection.send("\n");
    await settle();
    assert.equal(client.isOpen, true);
    client.look();
  }
  assert.equal(client.isOpen, false);
  connection.reads = true; // it goes
  await running;
});

Deno.test("look() closes a client that never ends its request, after two minutes of looks", async () => {
  const { connection, client, running } = connect();
  for (let look = 0; look < 5; look++) {
    connection.send("x");
    await settle();
    assert.equal(client.isOpen, true);
    client.look();
  }
  assert.equal(client.isOpen, false);
  await running;
});

Deno.test("look() lets a client be that has always begun another request", async () => {
  const { connection, client, running } = connect();
  const text = JSON.stringify(request(1)) + "\n";
  connection.send(text.slice(0, 10));
  for (let look = 0; look < 10; look++) {
    connection.send(text.slice(10) + text.slice(0, 10));
    await settle();
    client.look();
    assert.equal(client.isOpen, true);
  }
  connection.send(text.slice(10));
  connection.end();
  await running;
  assert.equal(connection.heard.length, 11);
});

Deno.test("look() closes an idle client after ten minutes, unless it waits for something", async () => {
  const { connection, client, running } = connect();
  connection.sendMessage(request(1));
  await settle();
  const looks = () => {
    for (let count = 0;; count++) {
      if (!client.isOpen || count === 100) return count;
      client.look();
    }
  };
  const waiting = Promise.withResolvers<void>();
  client.stay(waiting.promise);
  assert.equal(looks(), 100);
  waiting.resolve();
  await settle();
  connection.sendMessage(request(2)); // so it begins anew
  await settle();
  assert.equal(looks(), 21);
  await running;
});

Deno.test("end() of a client flushes what it has begun, and hears of nothing new", async () => {
  const { connection, client, running, release } = connect();
  connection.sendMessage(request(1, "hold"));
  await settle();
  client.end();
  connection.sendMessage(request(2));
  client.notify("news", {});
  await settle();
  assert.equal(connection.closed, false);
  release();
  await running;
  assert.deepEqual([connection.heard.map(({ id }) => id), connection.closed], [[1], true]);
});

Deno.test("run() of a client that stays waits for what it is to be told, although it sends no more", async () => {
  const { connection, client, running } = connect();
  const login = Promise.withResolvers<void>();
  client.stay(login.promise);
  connection.end();
  await settle();
  client.notify("login", { state: "authorized" });
  login.resolve();
  await running;
  assert.deepEqual(connection.heard.map(({ method }) => method), ["login"]);
});

/** Takes clients in, in the order in which they come, until it is stopped. */
function serve(clock: ManualClock) {
  const stopping = new AbortController();
  const coming: FakeConnection[] = [];
  let news = Promise.withResolvers<void>();
  const close = () => news.resolve();
  const serving = new Clients({
    clock,
    stopping: stopping.signal,
    warn: assert.fail,
    answering: () => Promise.resolve("done"),
    listener: {
      async accept() {
        while (coming.length === 0 && !stopping.signal.aborted) await news.promise;
        news = Promise.withResolvers();
        return coming.shift();
      },
      close,
      [Symbol.dispose]: close,
    },
  }).serve();
  return {
    async connect(...connections: FakeConnection[]) {
      coming.push(...connections);
      news.resolve();
      while (coming.length > 0) await settle();
      await settle();
    },
    async stop() {
      stopping.abort();
      await clock.passUntil(serving);
    },
  };
}

/** A clock whose turns are given by the test. */
class TurnClock extends ManualClock {
  readonly #turns: (() => void)[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms > 0) return super.sleep(ms, signal);
    return new Promise((resolve) => this.#turns.push(resolve));
  }

  /** How many wait for the turn that there is now. */
  giveTurn = () => this.#turns.splice(0).map((go) => go()).length;
}

Deno.test("Clients goes on with one of those who ask for much in each turn", async () => {
  const clock = new TurnClock();
  const { connect, stop } = serve(clock);
  const flooding = Array.from({ length: 3 }, () => new FakeConnection());
  const chunk = "\n".repeat(64 * 1024);
  for (const connection of flooding) {
    for (let n = 0; n < 3; n++) connection.send(chunk);
  }
  await connect(...flooding);
  for (
    const taken of [[1, 1, 1], [2, 1, 1], [2, 2, 1], [2, 2, 2], [3, 2, 2], [3, 3, 2], [3, 3, 3]]
  ) {
    assert.deepEqual(flooding.map((connection) => connection.taken), taken);
    // Who asks for little is not kept waiting.
    const other = new FakeConnection();
    other.sendMessage(request(1));
    await connect(other);
    assert.equal(other.heard.length, 1);
    other.end();
    assert.equal(clock.giveTurn(), 1);
    await settle();
  }
  await settle();
  while (clock.giveTurn() > 0) await settle();
  await stop();
});

Deno.test("Clients makes room by those who are idle although the clock was set back", async () => {
  const clock = new ManualClock();
  const { connect, stop } = serve(clock);
  const all = Array.from({ length: 200 }, () => new FakeConnection());
  await connect(...all);
  clock.advance(60_000);
  clock.set(clock.now() - 3_600_000);
  const late = new FakeConnection();
  late.sendMessage(request(1));
  await connect(late);
  assert.deepEqual(all.map(({ closed }) => closed).indexOf(true), 0);
  assert.deepEqual([all.filter(({ closed }) => closed).length, late.heard.length], [1, 1]);
  await stop();
});
