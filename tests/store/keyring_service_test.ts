import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type ErrorCode, isVantageError } from "../../src/errors.ts";
import type { Connection } from "../../src/system.ts";
import { denoSockets } from "../../src/system/deno_sockets.ts";
import {
  callService,
  hasKeyring,
  KEYRING_SKIPPED,
  startBus,
  startKeyring,
} from "../support/keyring.ts";
import { eventually } from "../tokens/eventually.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { ID, take, testStore } from "./contract.ts";
import { platformStore } from "./keyring_setup.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!hasKeyring) console.log(KEYRING_SKIPPED);
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: !hasKeyring, fn });

/** The store on a real, unlocked keyring of its own. */
async function open(clock = new ManualClock()) {
  const keyring = await startKeyring();
  const setup = await platformStore("linux", keyring.env, { clock });
  return {
    ...setup,
    keyring,
    async [Symbol.asyncDispose]() {
      await setup[Symbol.asyncDispose]();
      await keyring[Symbol.asyncDispose]();
    },
  };
}

if (hasKeyring) testStore("keyringStore() over gnome-keyring", open);
else test("keyringStore() over gnome-keyring keeps the contract", async () => {});

async function fails(operation: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  assert.ok(error.hint?.includes("vantage profile set store file"), error.hint);
  return error;
}

/** How many items the keyring has for a program that asks for all. */
async function countItems(socket: string): Promise<number> {
  const search = { member: "SearchItems", signature: "a{ss}", args: [new Map()] };
  const [items] = await callService(socket, { ...search, expected: "aoao" });
  assert.ok(Array.isArray(items));
  return items.length;
}

test("keyringStore() keeps 300 kB in gnome-keyring", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  const fields = { token: "precious".repeat(37_500) };
  await lock.set(fields, undefined);
  assert.deepEqual((await setup.store.get(ID))?.fields, fields);
  assert.ok(await countItems(setup.keyring.socket) > 5);
  await lock.set({ token: "short" }, "any");
  assert.deepEqual((await setup.store.get(ID))?.fields, { token: "short" });
  assert.deepEqual(await setup.store.list(), [ID]);
  assert.equal(await countItems(setup.keyring.socket), 1);
});

test("keyringStore() loses no change when processes write to gnome-keyring at once", async () => {
  await using setup = await open();
  const script = fileURLToPath(new URL("./keyring_worker.ts", import.meta.url));
  const dir = await Deno.makeTempDir({ dir: setup.keyring.env.HOME ?? "" });
  const workers = Array.from({ length: 3 }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, dir, ID.service, ID.account, "6"],
      env: setup.keyring.env,
      stderr: "inherit",
    }).output());
  for (const { success } of await Promise.all(workers)) assert.ok(success);
  assert.equal((await setup.store.get(ID))?.fields.count, 18);
});

test("keyringStore() reads what is in gnome-keyring after it was started again", async () => {
  // What is on the disk survives the daemon; the password unlocks it.
  await using setup = await open();
  {
    await using lock = await take(setup.store);
    await lock.set({ token: "kept" }, undefined);
  }
  await setup.keyring.restart();
  assert.deepEqual((await setup.store.get(ID))?.fields, { token: "kept" });
});

test("keyringStore() throws store_locked and asks nobody when the keyring is locked", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  const { generation } = await lock.set({ token: "precious" }, undefined);
  await setup.keyring.lock();
  for (
    const operation of [
      () => setup.store.get(ID),
      () => setup.store.list(),
      () => lock.reserve(),
      () => lock.set({}, generation),
      () => lock.delete("any"),
    ]
  ) await fails(operation(), "store_locked");
});

test("keyringStore() throws store_missing when nothing on the bus is a keyring", async () => {
  await using bus = await startBus();
  await using setup = await platformStore("linux", bus.env);
  const { message } = await fails(setup.store.get(ID), "store_missing");
  assert.equal(message, "Cannot use the keyring: no Secret Service is running");
});

Deno.test({
  name: "keyringStore() throws store_missing when there is no bus",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "vantage-keyring-" });
    const dead = `${dir}/dead`;
    Deno.listen({ transport: "unix", path: dead }).close(); // leaves the socket behind
    const environments: Record<string, string>[] = [
      {},
      { XDG_RUNTIME_DIR: dir },
      { DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir}/none` },
      { DBUS_SESSION_BUS_ADDRESS: `unix:path=${dead}` },
      { DBUS_SESSION_BUS_ADDRESS: "unix:abstract=vantage-nobody" },
      { DBUS_SESSION_BUS_ADDRESS: "tcp:host=127.0.0.1,port=1" },
      { DBUS_SESSION_BUS_ADDRESS: "disabled:" },
      { DBUS_SESSION_BUS_ADDRESS: "unix:path=%ff;;unix:path=%00" },
    ];
    for (const env of environments) {
      await using setup = await platformStore("linux", env);
      const { message } = await fails(setup.store.get(ID), "store_missing");
      assert.equal(message, "Cannot use the keyring: there is no message bus (D-Bus) of a session");
    }
    await Deno.remove(dir, { recursive: true });
  },
});

test("keyringStore() throws store_missing when the bus starts a keyring that nobody has made yet", async () => {
  await using bus = await startBus({ activates: true });
  await using setup = await platformStore("linux", bus.env);
  const { message } = await fails(setup.store.get(ID), "store_missing");
  assert.equal(message, "Cannot use the keyring: there is no default keyring");
});

test("keyringStore() finds the bus by any address that works", async () => {
  await using keyring = await startKeyring();
  const { XDG_RUNTIME_DIR = "" } = keyring.env;
  const escaped = keyring.socket.replace("bus", "%62us");
  const environments: Record<string, string>[] = [
    { XDG_RUNTIME_DIR },
    { DBUS_SESSION_BUS_ADDRESS: "unix:runtime=yes", XDG_RUNTIME_DIR },
    { DBUS_SESSION_BUS_ADDRESS: `unix:path=${escaped},guid=0123` },
    { DBUS_SESSION_BUS_ADDRESS: `unix:path=/nowhere;tcp:host=x;unix:path=${keyring.socket}` },
  ];
  for (const env of environments) {
    await using setup = await platformStore("linux", env);
    assert.equal(await setup.store.get(ID), undefined);
  }
});

/** Lets the limit pass for an operation that waits, and no less than that. */
async function timesOut(clock: ManualClock, operation: () => Promise<unknown>): Promise<void> {
  let ended = false;
  const running = operation().finally(() => ended = true);
  running.catch(() => {});
  await eventually(() => clock.nextIn() === 3_000);
  clock.advance(2_999);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(ended, false);
  clock.advance(1);
  await fails(running, "store_unresponsive");
}

test("keyringStore() throws store_unresponsive after 3 s when the keyring hangs", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  await lock.set({ token: "precious" }, undefined);
  setup.keyring.hang();
  await timesOut(setup.clock, () => setup.store.get(ID));

  // Not asked again at once: a command that reads many accounts ends as early.
  await fails(setup.store.get(ID), "store_unresponsive");
  await fails(lock.reserve(), "store_unresponsive");
  assert.equal(setup.clock.nextIn(), undefined);
  setup.clock.advance(10_000);
  await timesOut(setup.clock, () => lock.set({ token: "late" }, "any"));
});

test("keyringStore() works again when the keyring that hung has recovered", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  const saved = await lock.set({ token: "precious" }, undefined);
  setup.keyring.hang();
  await timesOut(setup.clock, () => lock.delete("any"));
  setup.keyring.recover();
  setup.clock.advance(10_000);
  assert.deepEqual(await setup.store.get(ID), saved);
});

Deno.test({
  name: "keyringStore() throws store_unresponsive after 3 s when the bus accepts and never answers",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "vantage-keyring-" });
    const path = `${dir}/bus`;
    const listener = Deno.listen({ transport: "unix", path });
    await using setup = await platformStore("linux", { XDG_RUNTIME_DIR: dir });
    const accepted = listener.accept();
    await timesOut(setup.clock, () => setup.store.get(ID));
    (await accepted).close();
    listener.close();
    await Deno.remove(dir, { recursive: true });
  },
});

test("keyringStore() writes nothing more once its time is up", async () => {
  await using setup = await open();
  const writes: Uint8Array[] = [];
  const gate = Promise.withResolvers<void>();
  const slow = async (path: string): Promise<Connection> => {
    const connection = await denoSockets.connect(path);
    const write = async (bytes: Uint8Array) => {
      writes.push(bytes);
      if (new TextDecoder().decode(bytes).includes("SearchItems")) await gate.promise;
      await connection.write(bytes);
    };
    return { ...connection, write };
  };
  await using late = await platformStore("linux", setup.keyring.env, { connect: slow });
  await using lock = await take(late.store);
  const isSearching = () => writes.some((b) => new TextDecoder().decode(b).includes("SearchItems"));
  const setting = lock.set({ token: "late" }, undefined);
  setting.catch(() => {});
  await eventually(isSearching);
  late.clock.advance(3_000);
  await fails(setting, "store_unresponsive");
  const count = writes.length;
  gate.resolve();
  assert.equal(await setup.store.get(ID), undefined);
  assert.equal(writes.length, count);
});
