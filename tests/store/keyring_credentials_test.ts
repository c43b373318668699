import assert from "node:assert/strict";
import { type ErrorCode, isVantageError } from "../../src/errors.ts";
import type { CredentialManager } from "../../src/system.ts";
import { CredentialError } from "../../src/system.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { ID, take, testStore } from "./contract.ts";
import { platformStore } from "./keyring_setup.ts";

/** The most bytes that Windows takes for a credential. */
const MOST_BYTES = 2560;

/** A Credential Manager in memory: it knows names by their letters alone, as the real one does. */
class FakeCredentials implements CredentialManager {
  readonly #kept = new Map<string, { name: string; bytes: Uint8Array }>();
  /** The error code of Windows that every operation fails with. */
  fails: number | undefined;
  /** What every operation waits for. */
  gate: Promise<void> = Promise.resolve();
  operations = 0;

  read = (name: string) => this.#do("CredReadW", () => this.#kept.get(name.toLowerCase())?.bytes);

  write = (name: string, bytes: Uint8Array) =>
    this.#do("CredWriteW", () => {
      if (bytes.length > MOST_BYTES) throw new CredentialError("CredWriteW", 1783);
      this.#kept.set(name.toLowerCase(), { name, bytes });
    });

  remove = (name: string) =>
    this.#do("CredDeleteW", () => void this.#kept.delete(name.toLowerCase()));

  list = (prefix: string) =>
    this.#do(
      "CredEnumerateW",
      () => [...this.#kept.values()].map(({ name }) => name).filter((n) => n.startsWith(prefix)),
    );

  async #do<T>(operation: string, work: () => T): Promise<T> {
    this.operations++;
    await this.gate;
    if (this.fails !== undefined) throw new CredentialError(operation, this.fails);
    return work();
  }
}

async function open(clock = new ManualClock()) {
  const credentials = new FakeCredentials();
  const overrides = { clock, credentials: () => Promise.resolve(credentials) };
  return { ...await platformStore("windows", {}, overrides), credentials };
}

testStore("keyringStore() over a Credential Manager", open);

async function fails(operation: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  assert.ok(error.hint?.includes("vantage profile set store file"), error.hint);
}

Deno.test("keyringStore() splits what is longer than Windows takes for a credential", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  const fields = { token: "é".repeat(10_000) };
  await lock.set(fields, undefined);
  assert.deepEqual((await setup.store.get(ID))?.fields, fields);
  await lock.delete("any");
  assert.deepEqual(await setup.credentials.list("vantage/"), []);
});

const CODES: [code: number, error: ErrorCode][] = [[1312, "store_missing"], [5, "store_unusable"]];

for (const [code, expected] of CODES) {
  Deno.test(`keyringStore() throws ${expected} when Windows fails with error ${code}`, async () => {
    await using setup = await open();
    await using lock = await take(setup.store);
    setup.credentials.fails = code;
    await fails(setup.store.get(ID), expected);
    await fails(setup.store.list(), expected);
    await fails(lock.reserve(), expected);
    await fails(lock.set({}, undefined), expected);
    await fails(lock.delete("any"), expected);
  });
}

Deno.test("keyringStore() gives a Credential Manager up after 3 s and asks nothing more of it", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  const gate = Promise.withResolvers<void>();
  setup.credentials.gate = gate.promise;
  const setting = lock.set({ token: "late" }, undefined);
  await setup.clock.passUntil(setting);
  await fails(setting, "store_unresponsive");
  gate.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(setup.credentials.operations, 1);
});

Deno.test("keyringStore() throws store_missing where there is no Credential Manager", async () => {
  await using setup = await platformStore("windows", {}, {
    credentials: () => Promise.resolve(undefined),
  });
  await fails(setup.store.get(ID), "store_missing");
});
