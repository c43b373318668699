import assert from "node:assert/strict";
import { type ErrorCode, isVantageError, VantageError } from "../../src/errors.ts";
import type { Credentials } from "../../src/tokens/session.ts";
import { encodeCredentials } from "../../src/tokens/session.ts";
import { ID, take } from "../store/contract.ts";
import { HOUR_MS, refused, rejected, transient, World } from "./manager_setup.ts";

async function worldWithDeadToken() {
  const world = new World();
  const session = world.session();
  await world.save({ session });
  world.clock.advance(HOUR_MS);
  return { world, session };
}

/** Writes as a machine does that shares the store but does not see our lock. */
function intruder(world: World, credentials: Credentials): () => Promise<void> {
  const { store } = world;
  const free = { ...store };
  return async () => {
    // The memory store has one lock an account; what is behind it is what counts here.
    const other = await free.tryLock({ ...ID }, "login");
    assert.ok(other);
    await other.set(encodeCredentials(credentials), "any");
    await other[Symbol.asyncDispose]();
  };
}

const codeOf = (error: unknown): ErrorCode | undefined =>
  isVantageError(error) ? error.code : undefined;

Deno.test("token() asks once for all who wait, and all get the same", async () => {
  const { world } = await worldWithDeadToken();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  world.answer = async () => {
    asked.resolve();
    await answer.promise;
    return world.renewed();
  };
  const all = Array.from({ length: 20 }, () => world.manager().token());
  await asked.promise;
  world.clock.advance(5_000); // they wait, and try for the lock in vain
  answer.resolve();
  const tokens = await world.settle(Promise.all(all));
  assert.deepEqual(new Set(tokens.map(({ value }) => value.expose())), new Set(["access-2"]));
  assert.deepEqual(world.sent, ["refresh-1"]);
});

for (const [name, outcome] of Object.entries({ transient: transient(), rejected })) {
  Deno.test(`token() shares a failure with all who wait when the outcome is ${name}`, async () => {
    const { world } = await worldWithDeadToken();
    world.answer = async () => {
      await world.clock.sleep(100);
      return outcome;
    };
    const all = Array.from({ length: 20 }, () => world.manager().token());
    const results = await world.settle(Promise.allSettled(all));
    const code = name === "transient" ? "provider_unavailable" : "client_refused";
    for (const result of results) {
      assert.equal(result.status, "rejected");
      assert.equal(codeOf(result.reason), code);
    }
    assert.equal(world.sent.length, name === "transient" ? 3 : 1);

    await assert.rejects(world.settle(world.manager().token()));
    assert.ok(world.sent.length > (name === "transient" ? 3 : 1), "The next command asks again");
  });
}

Deno.test("token() ends the session once for all who wait", async () => {
  const { world } = await worldWithDeadToken();
  world.answer = () => refused;
  const all = Array.from({ length: 20 }, () => world.manager().token());
  const results = await world.settle(Promise.allSettled(all));
  assert.ok(
    results.every((it) => it.status === "rejected" && codeOf(it.reason) === "session_ended"),
  );
  assert.equal(world.sent.length, 1);
});

Deno.test("token() renews by force once for all who wait", async () => {
  const { world } = await worldWithDeadToken();
  const all = Array.from({ length: 5 }, () => world.manager().token({ force: true }));
  const tokens = await world.settle(Promise.all(all));
  assert.deepEqual(new Set(tokens.map(({ value }) => value.expose())), new Set(["access-2"]));
});

Deno.test("token() renews by force although somebody else changed the record only", async () => {
  const { world, session } = await worldWithDeadToken();
  world.clock.set(world.clock.now() - HOUR_MS / 2);
  const lock = await take(world.store);
  const forced = world.manager().token({ force: true });
  await lock.set(encodeCredentials({ session, ended: { at: 0, reason: "x" } }), "any");
  await lock[Symbol.asyncDispose]();
  assert.equal((await world.settle(forced)).value.expose(), "access-2");
});

Deno.test("token() never ends the session that the winner of a race has made", async () => {
  const { world } = await worldWithDeadToken();
  const theirs = world.session();
  const winner = intruder(world, { session: theirs });
  world.answer = async () => {
    await winner();
    return refused;
  };
  const token = await world.settle(world.manager().token());
  assert.equal(token.value.expose(), theirs.accessToken.expose());
  assert.equal((await world.saved()).session?.refreshToken?.expose(), "refresh-2");
  assert.deepEqual(world.warnings, []);
});

Deno.test("token() leaves a record alone that changed between the refusal and its end", async () => {
  const { world } = await worldWithDeadToken();
  const { store } = world;
  const theirs = world.session();
  const winner = intruder(world, { session: theirs });
  world.answer = () => refused;
  const manager = world.manager({
    store: {
      ...store,
      async tryLock(id, purpose) {
        const lock = await store.tryLock(id, purpose);
        return lock && {
          ...lock,
          async set(fields, expected) {
            await winner();
            return await lock.set(fields, expected);
          },
        };
      },
    },
  });
  const token = await world.settle(manager.token());
  assert.equal(token.value.expose(), theirs.accessToken.expose());
  assert.equal((await world.saved()).session?.refreshToken?.expose(), "refresh-2");
});

Deno.test("token() returns the newer session when it cannot save its own over it", async () => {
  const { world } = await worldWithDeadToken();
  const theirs = world.session();
  const winner = intruder(world, { session: theirs });
  world.answer = async () => {
    await winner();
    return world.renewed();
  };
  const token = await world.settle(world.manager().token());
  assert.equal(token.value.expose(), theirs.accessToken.expose());
  assert.equal((await world.saved()).session?.refreshToken?.expose(), "refresh-2");
});

Deno.test("token() brings no session back that was removed while it was renewed", async () => {
  const { world } = await worldWithDeadToken();
  world.answer = async () => {
    const other = await world.store.tryLock(ID, "login");
    await other?.delete("any");
    await other?.[Symbol.asyncDispose]();
    return world.renewed();
  };
  const error = await world.settle(world.manager().token()).catch((error: unknown) => error);
  assert.equal(codeOf(error), "store_conflict");
  assert.equal((await world.saved()).generation, undefined);
});

Deno.test("token() ends its waiting when it is interrupted", async () => {
  const { world } = await worldWithDeadToken();
  await using _held = await take(world.store);
  const waiting = world.manager().token();
  world.interruption.abort(new VantageError("interrupted", "Interrupted"));
  assert.equal(codeOf(await world.settle(waiting).catch((error: unknown) => error)), "interrupted");
  assert.deepEqual(world.sent, []);
});

Deno.test("token() sends nothing when it was interrupted before", async () => {
  const { world } = await worldWithDeadToken();
  world.interruption.abort(new VantageError("interrupted", "Interrupted"));
  await assert.rejects(world.settle(world.manager().token()), /Interrupted/);
  assert.deepEqual(world.sent, []);
});

Deno.test("token() saves the answer of a request that was in flight when it was interrupted", async () => {
  const { world } = await worldWithDeadToken();
  world.answer = () => {
    world.interruption.abort(new VantageError("interrupted", "Interrupted"));
    return world.renewed();
  };
  await world.settle(world.manager().token());
  assert.equal((await world.saved()).session?.refreshToken?.expose(), "refresh-2");
});

Deno.test("token() throws lock_timeout when the holder never ends, and uses a token that lives", async () => {
  const { world } = await worldWithDeadToken();
  await using _held = await take(world.store);
  const error = await world.settle(world.manager().token()).catch((error: unknown) => error);
  assert.equal(codeOf(error), "lock_timeout");

  world.clock.set(world.clock.now() - 4 * 60_000);
  assert.equal((await world.settle(world.manager().token())).value.expose(), "access-1");
  assert.match(world.warnings[0] ?? "", /Another process keeps 'vantage\/prod' busy/);
});

Deno.test("token() waits for as long as it should when the clock is set while it waits", async () => {
  const { world } = await worldWithDeadToken();
  const lock = await take(world.store);
  const waiting = world.manager().token();
  for (const jump of [7_200_000, -14_400_000]) {
    world.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
    world.clock.set(world.clock.now() + jump);
  }
  world.clock.set(world.clock.now() + 7_200_000);
  await lock[Symbol.asyncDispose]();
  assert.equal((await world.settle(waiting)).value.expose(), "access-2");
});
