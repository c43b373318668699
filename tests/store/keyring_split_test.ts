import assert from "node:assert/strict";
import { type ErrorCode, isVantageError } from "../../src/errors.ts";
import type { Fields } from "../../src/store/store.ts";
import { ID, take, testStore } from "./contract.ts";
import { MemoryKeyring, storeOver } from "./keyring_setup.ts";

testStore("keyringStore() over tiny items", (clock) => storeOver(new MemoryKeyring(200), clock));

const HEAD = "vantage/vantage/prod/credentials";
const LONG = { token: "long ".repeat(200), name: "é 語 🎉" };
const SHORT = { token: "short" };
const KINDS: Record<string, [old: Fields, next: Fields]> = {
  "a split record by a split one": [LONG, { token: "new ".repeat(150) }],
  "a split record by a short one": [LONG, SHORT],
  "a short record by a split one": [SHORT, LONG],
};

const roomy = () => new MemoryKeyring(200);

async function fails(operation: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  return error;
}

Deno.test("keyringStore() splits what is too long for an item, and removes the parts with it", async () => {
  const keyring = roomy();
  await using setup = await storeOver(keyring);
  await using lock = await take(setup.store);
  await lock.set(LONG, undefined);
  assert.ok(keyring.items.size > 5);
  assert.deepEqual((await setup.store.get(ID))?.fields, LONG);
  assert.deepEqual(await setup.store.list(), [ID]);
  await lock.set(SHORT, "any");
  assert.deepEqual([...keyring.items.keys()], [HEAD]);
  await lock.set(LONG, "any");
  await lock.delete("any");
  assert.deepEqual([...keyring.items.keys()], []);
});

for (const [what, [old, next]] of Object.entries(KINDS)) {
  for (const moment of ["before", "after"] as const) {
    Deno.test(`keyringStore() set() replaces ${what} whole when it is killed ${moment} any step`, async () => {
      let survived = 0;
      for (let killedAt = 0, done = false; !done; killedAt++) {
        const keyring = roomy();
        await using setup = await storeOver(keyring);
        const { generation } = await seed(setup, old);
        {
          await using lock = await take(setup.store);
          // Dead from that step on: no cleaning up either.
          keyring.steps = 0;
          keyring.interfere = (step, when) => {
            if (step > killedAt || (step === killedAt && when === moment)) {
              throw new Error("Killed");
            }
          };
          await lock.set(next, generation).catch(() => {});
          done = keyring.steps <= killedAt;
          keyring.interfere = () => {};
        }
        const found = await setup.store.get(ID);
        assert.ok(found, `Nothing is left, killed at ${killedAt}`);
        if (found.generation === generation) {
          survived++;
          assert.deepEqual(found.fields, old, `Killed at ${killedAt}`);
        } else {
          assert.deepEqual(found.fields, next, `Killed at ${killedAt}`);
        }

        // What was left of it does not stay for good.
        setup.clock.advance(60_001);
        await using lock = await take(setup.store);
        await lock.set(SHORT, found.generation);
        assert.deepEqual([...keyring.items.keys()], [HEAD], `Killed at ${killedAt}`);
      }
      assert.ok(survived > 0, "No step was before the change");
    });
  }
}

Deno.test("keyringStore() delete() leaves the record or nothing when it is killed before any step", async () => {
  for (let killedAt = 0, done = false; !done; killedAt++) {
    const keyring = roomy();
    await using setup = await storeOver(keyring);
    const { generation } = await seed(setup, LONG);
    await using lock = await take(setup.store);
    keyring.steps = 0;
    keyring.interfere = (step) => {
      if (step >= killedAt) throw new Error("Killed");
    };
    await lock.delete(generation).catch(() => {});
    done = keyring.steps <= killedAt;
    keyring.interfere = () => {};
    const found = await setup.store.get(ID);
    if (found) assert.deepEqual(found.fields, LONG);
    else assert.deepEqual(await setup.store.list(), []);
    await lock.delete("any");
    assert.equal(keyring.items.size, 0);
  }
});

Deno.test("keyringStore() get() reads one whole record when it is replaced at any step", async () => {
  const next = { token: "next ".repeat(100) };
  for (let at = 0, done = false; !done; at++) {
    const keyring = roomy();
    await using setup = await storeOver(keyring);
    await seed(setup, LONG);
    await using lock = await take(setup.store);
    keyring.steps = 0;
    keyring.interfere = async (step, moment) => {
      if (step !== at || moment !== "before") return;
      keyring.interfere = () => {};
      await lock.set(next, "any");
    };
    const fields = (await setup.store.get(ID))?.fields;
    done = keyring.steps <= at;
    const isWhole = [LONG, next].some((one) => JSON.stringify(one) === JSON.stringify(fields));
    assert.ok(isWhole, `Replaced before step ${at}: ${JSON.stringify(fields)}`);
  }
});

Deno.test("keyringStore() set() keeps one whole record when another writes without the same lock", async () => {
  const [ours, theirs] = [{ token: "ours ".repeat(100) }, { token: "theirs ".repeat(100) }];
  for (let at = 0, done = false; !done; at++) {
    const keyring = roomy();
    await using setup = await storeOver(keyring);
    await using other = await storeOver(keyring); // another VANTAGE_HOME
    await seed(setup, LONG);
    await using lock = await take(setup.store);
    await using otherLock = await take(other.store);
    keyring.steps = 0;
    keyring.interfere = async (step, moment) => {
      if (step !== at || moment !== "before") return;
      keyring.interfere = () => {};
      await otherLock.set(theirs, "any");
    };
    await lock.set(ours, "any");
    done = keyring.steps <= at;
    const fields = (await setup.store.get(ID))?.fields;
    const isWhole = [ours, theirs].some((one) => JSON.stringify(one) === JSON.stringify(fields));
    assert.ok(isWhole, `Written before step ${at}: ${JSON.stringify(fields)}`);
  }
});

Deno.test("keyringStore() get() throws store_conflict when the record changes without end", async () => {
  const keyring = roomy();
  await using setup = await storeOver(keyring);
  await seed(setup, LONG);
  const head = keyring.items.get(HEAD) ?? "";
  keyring.interfere = (step) => {
    keyring.items.set(HEAD, head.replace(/-[0-9a-f]{16}/, `-${String(step).padStart(16, "0")}`));
  };
  await fails(setup.store.get(ID), "store_conflict");
  assert.ok(keyring.steps < 100);
});

const OTHER = JSON.stringify({ version: 1, generation: 1, service: "vantage", account: "other" });
const DAMAGED: Record<string, [text: string, code: ErrorCode]> = {
  "empty": ["", "store_corrupt"],
  "not JSON": ['{"token":"precious', "store_corrupt"],
  "of another program": ['{"token":"precious"}', "store_corrupt"],
  "of another account": [OTHER, "store_corrupt"],
  "of a newer vantage": [OTHER.replace("1", "2").replace("other", "prod"), "store_newer"],
  "split and its parts are gone": [
    `parts 1 abc-${"0".repeat(16)} 3 ${"0".repeat(64)}`,
    "store_corrupt",
  ],
};

for (const [what, [text, code]] of Object.entries(DAMAGED)) {
  Deno.test(`keyringStore() throws ${code} and keeps the item when it is ${what}`, async () => {
    const keyring = roomy();
    await using setup = await storeOver(keyring);
    keyring.items.set(HEAD, text);
    const { message } = await fails(setup.store.get(ID), code);
    assert.ok(!message.includes("precious"));
    await using lock = await take(setup.store);
    await fails(lock.set({}, 7), code);
    await fails(lock.delete(7), code);
    assert.equal(keyring.items.get(HEAD), text);

    await lock.set({ new: true }, "any");
    assert.deepEqual((await setup.store.get(ID))?.fields, { new: true });
    assert.deepEqual(await setup.store.list(), [ID]);
    const kept = [...keyring.items].find(([name]) => name.includes("/damaged-"))?.[1];
    const hasRemains = text !== "" && !text.startsWith("parts ");
    assert.equal(kept, hasRemains ? JSON.stringify(text) : undefined);
    await lock.delete("any");
    assert.equal(keyring.items.size, 0);
  });
}

Deno.test("keyringStore() keeps what is left of a split record when a part was changed", async () => {
  const keyring = roomy();
  await using setup = await storeOver(keyring);
  await seed(setup, LONG);
  const part = [...keyring.items.keys()].find((name) => name.endsWith(".2")) ?? "";
  keyring.items.set(part, keyring.items.get(part)?.replace("long", "LONG") ?? "");
  await fails(setup.store.get(ID), "store_corrupt");
  await using lock = await take(setup.store);
  await lock.set(SHORT, "any");
  const kept = [...keyring.items].filter(([name]) => /\/damaged-\d+\//.test(name));
  assert.match(kept.map(([, text]) => text).join(""), /long LONG long/);
  assert.deepEqual((await setup.store.get(ID))?.fields, SHORT);
});

async function seed({ store }: { store: Parameters<typeof take>[0] }, fields: Fields) {
  await using lock = await take(store);
  return await lock.set(fields, undefined);
}
