import assert from "node:assert/strict";
import { VantageError } from "../../src/errors.ts";
import { ID } from "../store/contract.ts";
import { HOUR_MS, refused, transient } from "../tokens/manager_setup.ts";
import { KeptWorld } from "./kept_world.ts";

const MINUTE_MS = 60_000;

async function worldWithSession(life = HOUR_MS) {
  const world = new KeptWorld();
  await world.save({ session: world.session(life) });
  return world;
}

const accessToken = async (world: KeptWorld) => (await world.saved()).session?.accessToken.expose();

Deno.test("Keeper renews ahead of need, once for each life of a token", async () => {
  const world = await worldWithSession();
  await world.keep(async () => {
    await world.pass(53 * MINUTE_MS);
    assert.deepEqual(world.sent, []);
    await world.pass(MINUTE_MS); // due 6.25 minutes before the end
    assert.deepEqual(world.sent, ["refresh-1"]);
    await world.pass(3 * HOUR_MS);
    assert.deepEqual(world.sent, ["refresh-1", "refresh-2", "refresh-3", "refresh-4"]);
  });
});

Deno.test("Keeper does not count as a use of an account what it does by itself", async () => {
  const world = await worldWithSession();
  await world.keep(() => world.pass(3 * HOUR_MS));
  assert.equal(world.sent.length, 3);
  assert.deepEqual(world.noted, []);
});

Deno.test("Keeper sleeps as long as nothing is due", async () => {
  const world = await worldWithSession();
  let sleeps = 0;
  const sleep = world.clock.sleep.bind(world.clock);
  world.clock.sleep = (ms, signal) => {
    if (ms > 0) sleeps++; // else it only lets others be heard
    return sleep(ms, signal);
  };
  await world.keep(() => world.pass(50 * MINUTE_MS));
  assert.ok(sleeps <= 25, `${sleeps}`);
});

Deno.test("Keeper sleeps without end when there is nothing to keep", async () => {
  const world = new KeptWorld();
  await world.keep(async () => {
    assert.equal(world.clock.nextIn(), Infinity);
    await Promise.resolve();
  });
});

Deno.test("Keeper renews at once what is dead when it begins", async () => {
  const world = await worldWithSession();
  world.clock.advance(10 * HOUR_MS);
  await world.keep(async () => {
    await world.pass(1_000);
    assert.deepEqual(world.sent, ["refresh-1"]);
  });
});

Deno.test("Keeper backs off through an outage of an hour, then renews by itself", async () => {
  const world = await worldWithSession();
  world.clock.advance(50 * MINUTE_MS);
  world.answer = () => transient();
  await world.keep(async () => {
    await world.pass(HOUR_MS);
    // Three requests a try, and tries after 15 s, 30 s, 1, 2, 4, 8 min, then every 10 min.
    assert.ok(world.sent.length >= 3 * 8 && world.sent.length <= 3 * 12, `${world.sent.length}`);
    assert.deepEqual(new Set(world.sent), new Set(["refresh-1"]));
    assert.equal(await accessToken(world), "access-1");
    world.answer = () => world.renewed();
    await world.pass(13 * MINUTE_MS);
    assert.equal(await accessToken(world), "access-2");
    assert.equal(world.failing(), undefined);
  });
  assert.deepEqual(world.troubles, []);
});

Deno.test("Keeper forgets a failure that is not in the way of a fresh token", async () => {
  const world = await worldWithSession();
  await world.keep(async () => {
    world.answer = () => transient();
    await assert.rejects(world.settle(world.ask({ force: true })));
    assert.ok(world.failing());
    await world.pass(MINUTE_MS);
    assert.equal(world.failing(), undefined);
    await world.save({});
    assert.equal(world.sent.length, 3);
  });
});

Deno.test("Keeper lets an account be whose session the provider has ended, until there is a new one", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  world.answer = () => refused;
  await world.keep(async () => {
    await world.pass(3 * HOUR_MS);
    assert.equal(world.sent.length, 1);
    assert.equal(world.keeper.keeps(ID), false);
    world.answer = () => world.renewed();
    await world.save({ session: world.session() });
    world.keeper.consider(ID); // as the file system reports it
    await world.pass(HOUR_MS);
    assert.equal(world.sent.length, 2);
  });
});

Deno.test("Keeper leaves alone what a command has renewed meanwhile", async () => {
  const world = await worldWithSession();
  await world.keep(async () => {
    await world.pass(50 * MINUTE_MS);
    await world.save({ session: world.session() }); // and nobody tells
    await world.pass(30 * MINUTE_MS);
    assert.deepEqual(world.sent, []);
  });
});

Deno.test("Keeper renews soon after a machine has slept", async () => {
  const world = await worldWithSession();
  await world.keep(async () => {
    await world.pass(5 * MINUTE_MS);
    world.clock.set(world.clock.now() + 8 * HOUR_MS); // no timer has moved
    await world.pass(6 * MINUTE_MS);
    assert.deepEqual(world.sent, ["refresh-1"]);
  });
});

for (const [direction, jump] of [["ahead", 3 * HOUR_MS], ["back", -3 * HOUR_MS]] as const) {
  Deno.test(`Keeper renews once when the clock is set ${direction}`, async () => {
    const world = await worldWithSession();
    await world.keep(async () => {
      await world.pass(MINUTE_MS);
      world.clock.set(world.clock.now() + jump);
      await world.pass(45 * MINUTE_MS);
      assert.deepEqual(world.sent, ["refresh-1"]);
    });
  });
}

Deno.test("Keeper tells once what is wrong with the settings, and recovers", async () => {
  const world = await worldWithSession();
  world.broken = new VantageError("config_invalid", "config.toml:1: wrong");
  world.clock.advance(HOUR_MS);
  await world.keep(async () => {
    await world.pass(HOUR_MS);
    assert.equal(world.troubles.length, 1);
    assert.match(
      world.troubles[0] ?? "",
      /^Cannot keep 'vantage\/prod' fresh: config\.toml:1: wrong$/,
    );
    assert.deepEqual(world.sent, []);
    world.broken = undefined;
    world.keeper.considerAll(); // as the file system reports it
    await world.pass(1_000);
    assert.deepEqual(world.sent, ["refresh-1"]);
  });
});

Deno.test("Keeper looks again when something changes while it looks", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  world.broken = new VantageError("config_invalid", "config.toml:1: wrong");
  const looked = Promise.withResolvers<void>();
  world.hold = looked.promise;
  await world.keep(async () => {
    world.broken = undefined;
    world.keeper.consider(ID);
    looked.resolve();
    await world.pass(1_000);
    assert.equal(world.troubles.length, 1);
    assert.deepEqual(world.sent, ["refresh-1"]);
  });
});

Deno.test("Keeper does not stop for a defect in what it calls", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  world.answer = () => Promise.reject(new TypeError("A defect"));
  await world.keep(async () => {
    await world.pass(MINUTE_MS);
    assert.match(world.troubles[0] ?? "", /A defect/);
    world.answer = () => world.renewed();
    await world.pass(10 * MINUTE_MS);
    assert.equal(await accessToken(world), "access-2");
  });
});

Deno.test("Keeper saves the answer of a request that was in flight when it was stopped", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  const answer = Promise.withResolvers<void>();
  world.answer = async () => {
    await answer.promise;
    return world.renewed();
  };
  await world.keep(async () => {
    await world.pass(1_000);
    assert.equal(world.sent.length, 1);
    world.stopping.abort(new VantageError("interrupted", "The daemon is stopping"));
    answer.resolve();
  });
  assert.equal(await accessToken(world), "access-2");
});
