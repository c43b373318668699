import assert from "node:assert/strict";
import { VantageError } from "../../src/errors.ts";
import { migrate } from "../../src/migrate.ts";
import { fileStore } from "../../src/store/file.ts";
import { followMoves } from "../../src/store/moved.ts";
import type { AccountId, Fields, PersistentStore, Store } from "../../src/store/store.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { reallyWaiting } from "../support/really_waiting.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { take } from "./contract.ts";

const { files } = denoSystem();

const session = (minute: number, token: string) => ({
  session: { obtained_at: `2026-01-01T00:0${minute}:00.000Z`, access_token: token },
});

/** Two stores with one set of locks, and settings that name one of them. */
class World implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "vantage-migrate-" });
  readonly clock = new ManualClock();
  readonly from: PersistentStore;
  readonly to: PersistentStore;
  inUse: "file" | "keyring" = "file";
  readonly ids: AccountId[] = ["a", "b", "c"].map((account) => ({ service: "s", account }));

  constructor() {
    this.from = fileStore(files, this.clock, `${this.dir}/tokens`);
    // Another directory for the records; its own locks are never taken.
    this.to = { ...fileStore(files, this.clock, `${this.dir}/other`), name: "keyring" };
    Deno.mkdirSync(`${this.dir}/other/s`, { recursive: true });
  }

  async fill(): Promise<void> {
    for (const id of this.ids) {
      await using lock = await take(this.from, id);
      await lock.set({ ...session(1, id.account), client_secret: "c" }, undefined);
    }
  }

  /** The store that a command uses now. */
  store(): Store {
    const open = (name: string) => Promise.resolve(name === "keyring" ? this.to : this.from);
    return followMoves(this.inUse === "file" ? this.from : this.to, open);
  }

  run(from = this.from, to = this.to, interrupted = new AbortController().signal) {
    const app = {
      interrupted,
      system: { files, clock: reallyWaiting(this.clock) },
      paths: () => ({ tokens: `${this.dir}/tokens` }),
    };
    return migrate(app, from, to, () => {
      this.inUse = "keyring";
      return Promise.resolve();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

Deno.test("migrate() moves every account, switches the settings, and leaves nothing behind", async () => {
  await using world = new World();
  await world.fill();
  assert.deepEqual(await world.run(), { moved: 3, removed: 3 });
  assert.deepEqual(await world.from.list(), []);
  assert.equal(world.inUse, "keyring");
  for (const id of world.ids) {
    assert.deepEqual((await world.to.get(id))?.fields, {
      ...session(1, id.account),
      client_secret: "c",
    });
  }
  assert.deepEqual(await world.run(), { moved: 0, removed: 0 });
});

class Kill extends Error {}

/** The store, which dies at the `n`-th of its operations counted with others in `budget`. */
function mortal(store: PersistentStore, budget: { left: number }): PersistentStore {
  const spend = () => {
    if (budget.left-- <= 0) throw new Kill();
  };
  return {
    ...store,
    get: async (id) => (spend(), await store.get(id)),
    list: async () => (spend(), await store.list()),
    withLock(id, held) {
      const lock = store.withLock(id, held);
      return {
        ...lock,
        set: async (fields, expected) => (spend(), await lock.set(fields, expected)),
        delete: async (expected) => (spend(), await lock.delete(expected)),
        [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
      };
    },
  };
}

Deno.test("migrate() loses nothing when it is stopped at any point, and goes on from there", async () => {
  let stops = 0;
  for (let n = 0;; n++) {
    await using world = new World();
    await world.fill();
    const budget = { left: n };
    const stopped = await world.run(mortal(world.from, budget), mortal(world.to, budget)).then(
      () => false,
      (error) => {
        if (error instanceof Kill) return true;
        throw error;
      },
    );
    const read = async () =>
      await Promise.all(world.ids.map(async (id) => (await world.store().get(id))?.fields));
    const expected = world.ids.map((id) => ({ ...session(1, id.account), client_secret: "c" }));
    assert.deepEqual(await read(), expected, `stopped at operation ${n}`);
    // A command in between writes to where the account is.
    const id = world.ids[1]!;
    {
      await using lock = await take(world.store(), id);
      await lock.set({ ...session(2, "refreshed"), client_secret: "c" }, "any");
    }
    await world.run();
    expected[1] = { ...session(2, "refreshed"), client_secret: "c" };
    assert.deepEqual(await read(), expected, `gone on from operation ${n}`);
    assert.deepEqual(await world.from.list(), []);
    if (!stopped) break;
    stops++;
  }
  assert.ok(stops > 20, `It was stopped ${stops} times`);
});

Deno.test("migrate() keeps the session that is newer when both stores have one", async () => {
  const cases: [from: Fields, to: Fields, kept: Fields][] = [
    [session(1, "old"), session(2, "new"), session(2, "new")],
    [session(2, "new"), session(1, "old"), session(2, "new")],
    [{ client_secret: "c" }, session(1, "t"), { client_secret: "c", ...session(1, "t") }],
  ];
  for (const [inFrom, inTo, kept] of cases) {
    await using world = new World();
    const id = world.ids[0]!;
    for (const [store, fields] of [[world.from, inFrom], [world.to, inTo]] as const) {
      await using lock = await take(store, id);
      await lock.set(fields, undefined);
    }
    await world.run();
    assert.deepEqual((await world.to.get(id))?.fields, kept);
    assert.equal(await world.from.get(id), undefined);
  }
});

Deno.test("migrate() throws and keeps the account when the new store does not give it back", async () => {
  await using world = new World();
  await world.fill();
  const lossy: PersistentStore = {
    ...world.to,
    get: async (id) => {
      const saved = await world.to.get(id);
      return saved && { ...saved, fields: {} };
    },
  };
  await assert.rejects(
    world.run(world.from, lossy),
    (error) => error instanceof VantageError && error.code === "store_unusable",
  );
  assert.equal(world.inUse, "file");
  assert.deepEqual((await world.store().get(world.ids[0]!))?.fields, {
    ...session(1, "a"),
    client_secret: "c",
  });
});
