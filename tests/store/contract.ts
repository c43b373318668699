import assert from "node:assert/strict";
import fc from "fast-check";
import { isVantageError } from "../../src/errors.ts";
import type { AccountId, AccountLock, Fields, Store } from "../../src/store/store.ts";
import { eventually } from "../tokens/eventually.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

/** A backend under test, made anew for every case. */
export interface Subject extends AsyncDisposable {
  readonly store: Store;
}

export const ID: AccountId = { service: "vantage", account: "prod" };

/** Names that are hard on file systems: other stores have to take them as well. */
const ODD_NAMES = [
  "a.b",
  "a",
  "a.login",
  "a.lock",
  "A",
  "..",
  ".hidden",
  "a/b",
  "a\\b",
  "with space",
  "percent%2Fsign",
  "naïve ✓ 語",
  "con",
  "x.json",
  "me@example.com",
];

/** The contract of every {@link Store}: run it over each backend. */
export function testStore(
  backend: string,
  open: (clock: ManualClock) => Promise<Subject> | Subject,
): void {
  const test = (
    name: string,
    run: (store: Store, clock: ManualClock) => Promise<void>,
  ) =>
    Deno.test(`${backend} ${name}`, async () => {
      const clock = new ManualClock();
      await using subject = await open(clock);
      await run(subject.store, clock);
    });

  test("get() returns undefined when nothing is stored", async (store) => {
    assert.equal(await store.get(ID), undefined);
    assert.deepEqual(await store.list(), []);
  });

  test("set() stores what get() returns", async (store) => {
    const fields = { secret: "s", nested: { list: [1, null, "x"] } };
    await using lock = await take(store);
    const saved = await lock.set(fields, undefined);
    assert.deepEqual(await store.get(ID), saved);
    assert.deepEqual(saved.fields, fields);
  });

  test("set() replaces the whole record", async (store) => {
    await using lock = await take(store);
    const { generation } = await lock.set({ a: 1, b: 2 }, undefined);
    await lock.set({ b: 3 }, generation);
    assert.deepEqual((await store.get(ID))?.fields, { b: 3 });
  });

  test("set() keeps any JSON value as it is", async (store) => {
    await using lock = await take(store);
    const name = fc.string({ unit: "binary" }).filter(isField);
    const fields = fc.dictionary(fc.oneof(name, fc.constant("prototype")), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fields, async (fields) => {
        await lock.set(fields, "any");
        assert.deepEqual((await store.get(ID))?.fields, asStored(fields));
      }),
      { numRuns: 30 },
    );
  });

  test("set() throws store_conflict when the record is not the expected one", async (store) => {
    await using lock = await take(store);
    await conflict(lock.set({ lost: true }, 1));
    const first = await lock.set({ kept: 1 }, undefined);
    await conflict(lock.set({ lost: true }, undefined));
    await conflict(lock.set({ lost: true }, first.generation - 1));
    await conflict(lock.set({ lost: true }, first.generation + 1));
    assert.deepEqual(await store.get(ID), first);
    const second = await lock.set({ kept: 2 }, first.generation);
    await conflict(lock.set({ lost: true }, first.generation));
    assert.deepEqual(await store.get(ID), second);
  });

  test('set() does not compare when "any" is expected', async (store) => {
    await using lock = await take(store);
    await lock.set({ a: 1 }, "any");
    await lock.set({ a: 2 }, "any");
    assert.deepEqual((await store.get(ID))?.fields, { a: 2 });
  });

  test("delete() removes the record, and throws store_conflict for another", async (store) => {
    await using lock = await take(store);
    await conflict(lock.delete(1));
    const { generation } = await lock.set({ a: 1 }, undefined);
    await conflict(lock.delete(generation + 1));
    assert.ok(await store.get(ID));
    await lock.delete(generation);
    assert.equal(await store.get(ID), undefined);
    await lock.delete(undefined);
    await lock.delete("any");
    assert.deepEqual(await store.list(), []);
  });

  test(
    "set() never repeats a generation, also after delete() or a clock set back",
    async (store, clock) => {
      await using lock = await take(store);
      const seen: number[] = [];
      for (let round = 0; round < 3; round++) {
        for (const value of [1, 2]) seen.push((await lock.set({ value }, "any")).generation);
        clock.set(clock.now() - 1000);
        seen.push((await lock.set({ value: 1 }, "any")).generation);
        clock.set(clock.now() + 2000);
        await lock.delete("any");
      }
      assert.deepEqual(seen, [...new Set(seen)]);
    },
  );

  test("stamp() changes with the record, and with nothing else", async (store, clock) => {
    const other = { ...ID, account: "other" };
    const stamps = [await store.stamp(ID)];
    await using lock = await take(store);
    for (const value of [1, 2]) {
      await lock.set({ value }, "any");
      stamps.push(await store.stamp(ID));
      assert.equal(await store.stamp(ID), stamps.at(-1));
      clock.advance(5); // the time of a file is told in milliseconds
    }
    await store.get(ID);
    await store.get(other);
    await lock.reserve();
    assert.equal(await store.stamp(ID), stamps.at(-1));
    await lock.delete("any");
    stamps.push(await store.stamp(ID));
    assert.equal(new Set(stamps.slice(0, 3)).size, 3, stamps.join("; "));
    assert.notEqual(stamps[3], stamps[2]);
  });

  test("tryLock() gives a lock to one at a time", async (store) => {
    const first = await take(store);
    assert.equal(await store.tryLock(ID, "write"), undefined);
    await first[Symbol.asyncDispose]();
    await using _second = await take(store);
    assert.equal(await store.tryLock(ID, "write"), undefined);
  });

  test("tryLock() gives a lock that was refused no second life", async (store) => {
    await using _first = await take(store);
    for (let tries = 0; tries < 3; tries++) {
      assert.equal(await store.tryLock(ID, "write"), undefined);
    }
  });

  test("tryLock() keeps accounts and purposes apart", async (store) => {
    await using stack = new AsyncDisposableStack();
    for (const account of ODD_NAMES) {
      for (const purpose of ["write", "login"] as const) {
        const lock = await store.tryLock({ service: "vantage", account }, purpose);
        assert.ok(lock, `${account} ${purpose}`);
        stack.use(lock);
      }
    }
  });

  test("readNote() returns what an earlier holder left, for its account and purpose", async (store) => {
    {
      await using lock = await take(store);
      assert.equal(await lock.readNote(), "");
      await lock.writeNote("a longer note");
      await lock.writeNote("short");
    }
    await using lock = await take(store);
    assert.equal(await lock.readNote(), "short");
    await using other = await store.tryLock(ID, "login");
    assert.equal(await other?.readNote(), "");
    assert.equal(await store.get(ID), undefined);
  });

  test("reserve() changes nothing that can be seen", async (store) => {
    {
      await using lock = await take(store);
      await lock.reserve();
      await lock.reserve();
      assert.equal(await store.get(ID), undefined);
      assert.deepEqual(await store.list(), []);
    }
    await using lock = await take(store);
    await lock.reserve();
    await lock.set({ a: 1 }, undefined);
    await lock.set({ a: 2 }, "any");
    assert.deepEqual((await store.get(ID))?.fields, { a: 2 });
    await lock.reserve();
    await lock.delete("any");
    assert.equal(await store.get(ID), undefined);
  });

  test("list() names every account, however odd its name", async (store) => {
    const ids = ODD_NAMES.flatMap((account) => [
      { service: "vantage", account },
      { service: account, account: "me" },
    ]);
    for (const id of ids) {
      await using lock = await take(store, id);
      await lock.set({ id }, undefined);
    }
    for (const id of ids) assert.deepEqual((await store.get(id))?.fields, { id });
    const text = ({ service, account }: AccountId) => JSON.stringify([service, account]);
    assert.deepEqual((await store.list()).map(text).sort(), ids.map(text).sort());
  });
}

export async function take(store: Store, id: AccountId = ID): Promise<AccountLock> {
  let lock: AccountLock | undefined;
  // A program that another test starts inherits a released lock until its own code is loaded.
  await eventually(async () => (lock ??= await store.tryLock(id, "write")) !== undefined);
  return lock!;
}

/** Fields of a record are what `tokens/` names; these four belong to the store. */
const isField = (name: string) =>
  !["version", "generation", "service", "account", "__proto__"].includes(name);

/** JSON has no negative zero. */
const asStored = (fields: Fields): Fields => JSON.parse(JSON.stringify(fields));

async function conflict(operation: Promise<unknown>): Promise<void> {
  await assert.rejects(operation, (error) => isVantageError(error, "store_conflict"));
}
