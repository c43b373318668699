import assert from "node:assert/strict";
import { Clients } from "../../src/daemon/clients.ts";
import { FileError, type LocalListener } from "../../src/system.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { FakeConnection, settle } from "./fake_connection.ts";

const MOST_CLIENTS = 200;

/** Clients of a listener that the test fills, in made-up time. */
function open() {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const coming: (FakeConnection | FileError)[] = [];
  let news = Promise.withResolvers<void>();
  const listener: LocalListener = {
    async accept() {
      while (!stopping.signal.aborted) {
        const next = coming.shift();
        if (next instanceof FileError) throw next;
        if (next) return next;
        await news.promise;
        news = Promise.withResolvers();
      }
      return undefined;
    },
    close: () => news.resolve(),
    [Symbol.dispose]: () => news.resolve(),
  };
  const warnings: string[] = [];
  const held: (() => void)[] = [];
  const clients = new Clients({
    clock,
    listener,
    stopping: stopping.signal,
    warn: (text) => warnings.push(text),
    async answering({ method }) {
      if (method === "hold") await new Promise<void>((resolve) => held.push(resolve));
      return "done";
    },
  });
  const serving = clients.serve();
  const arrive = async (connection: FakeConnection | FileError) => {
    coming.push(connection);
    news.resolve();
    await settle();
  };
  return {
    clock,
    clients,
    warnings,
    arrive,
    async connect(count: number): Promise<FakeConnection[]> {
      const connections = Array.from({ length: count }, () => new FakeConnection());
      coming.push(...connections.slice(0, -1));
      await arrive(connections.at(-1)!);
      while (coming.length > 0) await settle();
      return connections;
    },
    release: () => held.splice(0).forEach((go) => go()),
    /** Lets so much pass (ms) for who waits for room. */
    async wait(ms: number) {
      for (let waited = 0; waited <= ms; waited += 50) {
        clock.advance(50);
        await settle();
      }
    },
    /** Tells them to stop, and waits for their end; time passes for those who wait. */
    async stop() {
      stopping.abort();
      await clock.passUntil(serving);
    },
  };
}

const ask = (method: string) => ({ jsonrpc: "2.0", id: 1, method });

Deno.test("Clients hangs up on who was idle for longest when one is too many", async () => {
  const world = open();
  const all = await world.connect(MOST_CLIENTS);
  world.clock.advance(1_000);
  all[0]!.sendMessage(ask("x")); // so the second is the one
  await settle();
  const [late] = await world.connect(1);
  assert.deepEqual(all.map(({ closed }) => closed).indexOf(true), 1);
  assert.deepEqual([all.filter(({ closed }) => closed).length, late!.closed], [1, false]);
  assert.equal(world.clients.size, MOST_CLIENTS);
  await world.connect(50); // in a burst
  assert.equal(world.clients.size, MOST_CLIENTS);
  assert.equal(all[0]!.closed, false);
  await world.stop();
  assert.ok(all.every(({ closed }) => closed));
});

Deno.test("Clients lets one that is too many wait for those who have just come", async () => {
  const world = open();
  const all = await world.connect(MOST_CLIENTS);
  const [late] = await world.connect(1);
  late!.sendMessage(ask("x"));
  await settle();
  assert.deepEqual(late!.heard, []);
  all[7]!.end(); // it has got what it came for
  await settle();
  world.clock.advance(50);
  await settle();
  assert.equal(late!.heard.length, 1);
  assert.equal(all.filter(({ closed }) => closed).length, 1);
  await world.stop();
});

Deno.test("Clients refuses one that is too many when all are busy", async () => {
  const world = open();
  const all = await world.connect(MOST_CLIENTS);
  for (const connection of all) connection.sendMessage(ask("hold"));
  await settle();
  const [late] = await world.connect(1);
  assert.equal(late!.closed, false);
  await world.wait(5_000);
  assert.deepEqual(late!.heard.map(({ error }) => error.data.code), ["daemon_busy"]);
  assert.equal(late!.closed, true);
  assert.ok(all.every(({ closed }) => !closed));
  world.release();
  await world.stop();
  assert.ok(all.every(({ heard }) => heard[0]?.result === "done"));
});

Deno.test("Clients counts the sockets of those who do not read, also when it has given them up", async () => {
  const world = open();
  const stalled = await world.connect(MOST_CLIENTS);
  for (const connection of stalled) {
    connection.reads = false;
    connection.sendMessage(ask("x"));
  }
  await settle();
  for (let look = 0; look < 3; look++) {
    world.clock.advance(30_000);
    await settle();
  }
  assert.ok(stalled.every(({ closed }) => closed));
  assert.equal(world.clients.size, 0);
  await world.connect(40);
  const [late] = await world.connect(1);
  await world.wait(5_000);
  assert.deepEqual(late!.heard.map(({ error }) => error.data.code), ["daemon_busy"]);
  for (const connection of stalled) connection.reads = true; // they go
  await settle();
  const [next] = await world.connect(1);
  assert.equal(next!.closed, false);
  await world.stop();
});

Deno.test("Clients looks at nobody when nobody is there", async () => {
  const world = open();
  assert.equal(world.clock.nextIn(), undefined);
  const [only] = await world.connect(1);
  assert.equal(world.clock.nextIn(), 30_000);
  only!.end();
  await settle();
  world.clock.advance(30_000);
  await settle();
  assert.equal(world.clock.nextIn(), undefined);
  await world.stop();
});

Deno.test("Clients goes on when a connection could not be taken", async () => {
  const world = open();
  await world.arrive(new FileError("other", "socket", "too many open files"));
  assert.match(world.warnings[0] ?? "", /too many open files/);
  world.clock.advance(200);
  const [next] = await world.connect(1);
  next!.sendMessage(ask("x"));
  await settle();
  assert.equal(next!.heard.length, 1);
  await world.stop();
});

Deno.test("Clients does not wait long for who does not read its last answer", async () => {
  const world = open();
  const [stalled] = await world.connect(1);
  stalled!.reads = false;
  stalled!.sendMessage(ask("x"));
  await settle();
  const from = world.clock.now();
  await world.stop();
  assert.ok(world.clock.now() - from <= 3_000);
  assert.equal(stalled!.closed, true);
  stalled!.reads = true;
});
