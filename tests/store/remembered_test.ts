import assert from "node:assert/strict";
import { join } from "node:path";
import { fileStore } from "../../src/store/file.ts";
import { remembered } from "../../src/store/remembered.ts";
import type { PersistentStore } from "../../src/store/store.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { ID, take, testStore } from "./contract.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

async function open(clock = new ManualClock()) {
  const dir = await Deno.makeTempDir({ prefix: "vantage-remembered-" });
  const file = fileStore(denoFiles(), clock, join(dir, "tokens"));
  let reads = 0;
  const counted: PersistentStore = {
    ...file,
    get(id) {
      reads++;
      return file.get(id);
    },
  };
  return {
    store: remembered(counted),
    file,
    reads: () => reads,
    path: join(dir, "tokens", ID.service, `${ID.account}.json`),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

testStore("remembered()", open);

async function write(store: PersistentStore, value: number) {
  await using lock = await take(store);
  await lock.set({ value }, "any");
}

Deno.test("get() of remembered() reads a record once as long as nobody changes it", async () => {
  await using subject = await open();
  await write(subject.file, 1);
  const first = await subject.store.get(ID);
  for (let times = 0; times < 10; times++) assert.equal(await subject.store.get(ID), first);
  assert.equal(subject.reads(), 1);
});

Deno.test("get() of remembered() reads a record again when another process has changed it", async () => {
  await using subject = await open();
  for (const value of [1, 2, 3]) {
    await write(subject.file, value);
    assert.deepEqual((await subject.store.get(ID))?.fields, { value });
  }
  await Deno.remove(subject.path);
  assert.equal(await subject.store.get(ID), undefined);
});

Deno.test("get() of remembered() refuses a file that others may read from then on", async () => {
  await using subject = await open();
  await write(subject.file, 1);
  assert.ok(await subject.store.get(ID));
  await Deno.chmod(subject.path, 0o644);
  await assert.rejects(subject.store.get(ID), { code: "store_insecure" });
});

Deno.test("get() of remembered() reads what is really there for who holds the lock", async () => {
  await using subject = await open();
  await write(subject.file, 1);
  await subject.store.get(ID);
  await using _lock = await take(subject.store);
  await subject.store.get(ID);
  assert.equal(subject.reads(), 2);
});
