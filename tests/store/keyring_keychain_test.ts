import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ErrorCode, isVantageError } from "../../src/errors.ts";
import { keyringStore } from "../../src/store/keyring.ts";
import { openKeychain } from "../../src/store/keyring/keychain.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { eventually } from "../tokens/eventually.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { ID, take, testStore } from "./contract.ts";

// It cannot be macOS's own tool here, so this is another program of the same syntax.
const PROGRAM = fileURLToPath(new URL("./keyring_fake_security.sh", import.meta.url));
const UNIX = Deno.build.os !== "windows";
const test = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore: !UNIX, fn });

/** The store over the program, which keeps its items and its logs in `dir`. */
async function open(clock = new ManualClock(), program = PROGRAM) {
  const dir = await Deno.makeTempDir({ prefix: "vantage-keychain-" });
  await Deno.mkdir(join(dir, "items"));
  const real = denoSystem();
  const system = {
    ...real,
    clock,
    output: ((program, args, options) =>
      real.output(program, args, {
        ...options,
        env: { FAKE_KEYCHAIN: dir },
      })) as typeof real.output,
  };
  const store = keyringStore(
    system,
    join(dir, "locks"),
    (system, limit) => Promise.resolve(openKeychain(system, limit, program)),
  );
  return {
    store,
    clock,
    dir,
    read: (name: string) => Deno.readTextFile(join(dir, name)),
    write: (name: string, text: string) => Deno.writeTextFile(join(dir, name), text),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

async function dump(dir: string): Promise<string> {
  const env = { FAKE_KEYCHAIN: dir };
  const { stdout } = await new Deno.Command(PROGRAM, { args: ["dump-keychain"], env }).output();
  return new TextDecoder().decode(stdout);
}

async function fails(operation: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  return error;
}

if (UNIX) testStore("keyringStore() over a keychain", open);

test("keyringStore() tells 'security' its secrets by stdin alone, on lines that it takes", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  await lock.set({ token: "precious" }, undefined);
  const base64 = /^add-generic-password -a vantage -s (\S+) -U -w ([A-Za-z0-9+/=]+)$/;
  const [, name, text = ""] = base64.exec((await setup.read("stdin")).trim()) ?? [];
  assert.equal(name, "vantage/vantage/prod/credentials");
  assert.match(new TextDecoder().decode(Uint8Array.fromBase64(text)), /"token":"precious"/);

  await lock.set({ token: "precious".repeat(2_000) }, "any");
  await setup.store.get(ID);
  await setup.store.list();
  await lock.delete("any");
  for (const line of (await setup.read("stdin")).split("\n")) assert.ok(line.length < 4_000);
  const args = new Set((await setup.read("args")).trim().split("\n"));
  const documented =
    /^(-i|dump-keychain|(find|delete)-generic-password -a vantage -s vantage\/vantage\/prod\/credentials(\/[a-z0-9-]+\.\d)?( -w)?)$/;
  for (const line of args) assert.match(line, documented);
  assert.ok(!(await dump(setup.dir)).includes("svce"));
});

test("keyringStore() lists what is ours among other items of a keychain", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  await lock.set({}, undefined);
  for (const other of ["vantage/another", "ada/vantage/vantage/stolen/credentials"]) {
    await Deno.mkdir(join(setup.dir, "items", other), { recursive: true });
    await setup.write(`items/${other}/=`, "");
  }
  assert.match(await dump(setup.dir), /"acct"<blob>="ada"/);
  assert.deepEqual(await setup.store.list(), [ID]);
});

const STATUSES: [status: number, code: ErrorCode][] = [
  [36, "store_locked"],
  [51, "store_locked"],
  [37, "store_missing"],
  [1, "store_unusable"],
];

for (const [status, code] of STATUSES) {
  test(`keyringStore() throws ${code} when 'security' exits with ${status}`, async () => {
    await using setup = await open();
    await using lock = await take(setup.store);
    await lock.set({ token: "precious" }, undefined);
    await setup.write("status", String(status));
    await fails(setup.store.get(ID), code);
    await fails(setup.store.list(), code);
    await fails(lock.reserve(), code);
    await fails(lock.set({}, "any"), code);
    await fails(lock.delete("any"), code);
  });
}

test("keyringStore() throws store_unusable when 'security' reports success and wrote nothing", async () => {
  await using setup = await open();
  await using lock = await take(setup.store);
  await setup.write("forgetful", "");
  const { message } = await fails(lock.set({ token: "precious" }, undefined), "store_unusable");
  assert.ok(!message.includes("precious"));
});

test("keyringStore() throws store_unusable for a name that does not fit on a line", async () => {
  await using setup = await open();
  const id = { service: "vantage", account: "a".repeat(200) };
  await using lock = await take(setup.store, id);
  await lock.set({}, undefined);
  const keychain = openKeychain(denoSystem(), { signal: AbortSignal.abort(), progress() {} });
  await fails(keychain.set(`vantage/${"a".repeat(4_000)}`, "text"), "store_unusable");
});

test("keyringStore() throws store_missing when there is no 'security'", async () => {
  await using setup = await open(new ManualClock(), "/nowhere/security");
  await fails(setup.store.get(ID), "store_missing");
});

test("keyringStore() kills 'security' and throws store_unresponsive when it hangs for 3 s", async () => {
  const dir = await Deno.makeTempDir({ prefix: "vantage-keychain-" });
  const program = join(dir, "security");
  const script = `#!/bin/sh\necho $$ >${dir}/pid\nexec tail -f /dev/null\n`;
  await Deno.writeTextFile(program, script, { mode: 0o700 });
  {
    await using setup = await open(new ManualClock(), program);
    const reading = setup.store.get(ID);
    reading.catch(() => {});
    let pid = 0;
    await eventually(async () => {
      pid = Number(await Deno.readTextFile(`${dir}/pid`).catch(() => "0"));
      return pid > 0;
    });
    setup.clock.advance(3_000);
    await fails(reading, "store_unresponsive");
    await eventually(() => {
      try {
        Deno.kill(pid, "SIGCONT");
        return false;
      } catch {
        return true; // it is gone
      }
    });
  }
  await Deno.remove(dir, { recursive: true });
});
