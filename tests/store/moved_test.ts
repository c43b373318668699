import assert from "node:assert/strict";
import { memoryStore } from "../../src/store/memory.ts";
import { followMoves, movedTo } from "../../src/store/moved.ts";
import type { Store } from "../../src/store/store.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { ID, take, testStore } from "./contract.ts";

testStore("followMoves() of an account that is where it was", (clock) => ({
  store: followMoves(memoryStore(clock), () => Promise.reject(new Error("Nothing moved"))),
  async [Symbol.asyncDispose]() {},
}));

/** A store whose account has moved to another. */
async function moved(): Promise<{ store: Store; old: Store; there: Store }> {
  const clock = new ManualClock();
  const old = memoryStore(clock);
  const there = { ...memoryStore(clock), name: "keyring" as const };
  {
    await using lock = await take(old);
    await lock.set(movedTo("keyring"), undefined);
  }
  return { store: followMoves(old, () => Promise.resolve(there)), old, there };
}

Deno.test("followMoves() reads and writes where the account is now", async () => {
  const { store, old, there } = await moved();
  assert.equal(await store.get(ID), undefined);
  {
    await using lock = await take(store);
    await lock.set({ a: 1 }, undefined);
  }
  assert.deepEqual((await store.get(ID))?.fields, { a: 1 });
  assert.deepEqual((await there.get(ID))?.fields, { a: 1 });
  assert.deepEqual((await old.get(ID))?.fields, movedTo("keyring"));
});

Deno.test("tryLock() of followMoves() writes to the new place when the account moves meanwhile", async () => {
  const { old, there } = await moved();
  await using stack = new AsyncDisposableStack();
  {
    await using lock = await take(old);
    await lock.set({ a: 1 }, "any");
  }
  // The account moves after the lock's place was looked up.
  let looks = 0;
  const racing: Store = {
    ...old,
    async get(id) {
      const saved = await old.get(id);
      return ++looks > 1 && saved ? { ...saved, fields: movedTo("keyring") } : saved;
    },
  };
  const lock = stack.use(await take(followMoves(racing, () => Promise.resolve(there))));
  await lock.set({ a: 2 }, "any");
  assert.deepEqual((await there.get(ID))?.fields, { a: 2 });
  assert.deepEqual((await old.get(ID))?.fields, { a: 1 });
});
