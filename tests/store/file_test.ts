import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { type ErrorCode, isVantageError } from "../../src/errors.ts";
import { fileStore } from "../../src/store/file.ts";
import type { Store } from "../../src/store/store.ts";
import type { Files } from "../../src/system.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { ID, take, testStore } from "./contract.ts";

testStore("fileStore()", async (clock) => await open({ clock }));

interface FileSubject extends AsyncDisposable {
  readonly store: Store;
  readonly dir: string;
  /** The record of {@link ID}. */
  readonly path: string;
}

async function open(
  { clock = new ManualClock(), files = denoFiles() }: { clock?: ManualClock; files?: Files } = {},
): Promise<FileSubject> {
  const root = await Deno.makeTempDir({ prefix: "vantage-store-" });
  const dir = join(root, "state", "tokens");
  return {
    store: fileStore(files, clock, dir),
    dir,
    path: join(dir, "vantage", "prod.json"),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

const UNIX = Deno.build.os !== "windows";
const RECORD = { version: 1, generation: 7, ...ID, secret: "precious" };

/** Puts a file where the record is kept, private unless told. */
async function place({ path }: FileSubject, text: string, mode = 0o600): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, text);
  if (UNIX) await Deno.chmod(path, mode);
}

async function fails(operation: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  return error;
}

const names = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
const mode = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;

Deno.test("fileStore() reads a record as it is documented", async () => {
  await using subject = await open();
  await place(subject, JSON.stringify(RECORD));
  assert.deepEqual(await subject.store.get(ID), { fields: { secret: "precious" }, generation: 7 });
});

Deno.test({
  name: "fileStore() makes files of mode 0600 in directories of mode 0700",
  ignore: !UNIX,
  async fn() {
    await using subject = await open();
    await using lock = await take(subject.store);
    await lock.set({}, undefined);
    await lock.reserve();
    const service = dirname(subject.path);
    assert.deepEqual(names(service), [".prod.json.tmp", "prod.json", "prod.lock"]);
    for (const name of names(service)) assert.equal(mode(join(service, name)), 0o600, name);
    for (const dir of [service, subject.dir, dirname(subject.dir)]) {
      assert.equal(mode(dir), 0o700, dir);
    }
  },
});

Deno.test({
  name: "fileStore() refuses a record that others may read or change",
  ignore: !UNIX,
  async fn() {
    await using subject = await open();
    for (const wide of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666]) {
      await place(subject, JSON.stringify(RECORD), wide);
      const { message } = await fails(subject.store.get(ID), "store_insecure");
      assert.match(message, new RegExp(`mode 0${wide.toString(8)} `));
      await using lock = await take(subject.store);
      await fails(lock.set({}, 7), "store_insecure");
      assert.equal(await Deno.readTextFile(subject.path), JSON.stringify(RECORD));
    }
    for (const narrow of [0o600, 0o400]) {
      await place(subject, JSON.stringify(RECORD), narrow);
      assert.ok(await subject.store.get(ID), narrow.toString(8));
    }
  },
});

Deno.test({
  name: "fileStore() refuses a symbolic link, and replaces the link itself when told to",
  ignore: !UNIX,
  async fn() {
    await using subject = await open();
    const target = join(subject.dir, "target");
    await place(subject, "");
    await Deno.remove(subject.path);
    await Deno.writeTextFile(target, JSON.stringify(RECORD), { mode: 0o600 });
    await Deno.symlink(target, subject.path);
    await fails(subject.store.get(ID), "store_insecure");
    await using lock = await take(subject.store);
    await fails(lock.set({}, 7), "store_insecure");
    await lock.set({ mine: true }, "any");
    assert.ok(Deno.lstatSync(subject.path).isFile);
    assert.equal(await Deno.readTextFile(target), JSON.stringify(RECORD));

    await Deno.remove(subject.path);
    await Deno.symlink(target, subject.path);
    await lock.delete("any");
    assert.equal(await Deno.readTextFile(target), JSON.stringify(RECORD));
  },
});

const DAMAGED: Record<string, [text: string, code: ErrorCode]> = {
  "empty": ["", "store_corrupt"],
  "truncated": [JSON.stringify(RECORD).slice(0, -5), "store_corrupt"],
  "a list": ["[1]", "store_corrupt"],
  "null": ["null", "store_corrupt"],
  "of another program": ['{"token":"precious"}', "store_corrupt"],
  "without generation": [JSON.stringify({ ...RECORD, generation: undefined }), "store_corrupt"],
  "of another account": [JSON.stringify({ ...RECORD, account: "other" }), "store_corrupt"],
  "of another service": [JSON.stringify({ ...RECORD, service: "other" }), "store_corrupt"],
  "of a newer vantage": [JSON.stringify({ ...RECORD, version: 2 }), "store_newer"],
};

for (const [what, [text, code]] of Object.entries(DAMAGED)) {
  Deno.test(`fileStore() throws ${code} and keeps the file when it is ${what}`, async () => {
    await using subject = await open();
    await place(subject, text);
    const { message } = await fails(subject.store.get(ID), code);
    assert.ok(!message.includes("precious"));
    await using lock = await take(subject.store);
    await fails(lock.set({}, 7), code);
    await fails(lock.delete(7), code);
    assert.equal(await Deno.readTextFile(subject.path), text);

    await lock.set({ new: true }, "any");
    const kept = names(dirname(subject.path)).find((name) => name.includes(".damaged-"));
    assert.ok(kept, "It is not kept");
    assert.equal(await Deno.readTextFile(join(dirname(subject.path), kept)), text);
    assert.deepEqual((await subject.store.get(ID))?.fields, { new: true });
    assert.deepEqual(await subject.store.list(), [ID]);
  });
}

Deno.test("fileStore() delete() removes what was kept and left of the account, and nothing else", async () => {
  await using subject = await open();
  const neighbours = ["prod.json.damaged-5", "prod.json.damaged-", "production"];
  for (const account of neighbours) {
    await using lock = await take(subject.store, { ...ID, account });
    await lock.set({ account }, undefined);
  }
  await place(subject, "damaged");
  await using lock = await take(subject.store);
  await lock.set({}, "any");
  await Deno.writeTextFile(join(dirname(subject.path), ".prod.json.tmp"), "left");
  await lock.delete("any");
  const left = names(dirname(subject.path)).filter((name) => !name.endsWith(".lock"));
  assert.deepEqual(left, neighbours.map((account) => `${account}.json`).sort());
});

Deno.test("fileStore() never takes what a killed writer left for a record", async () => {
  await using subject = await open();
  await place(subject, "");
  const left = join(dirname(subject.path), `.${basename(subject.path)}.tmp`);
  await Deno.rename(subject.path, left);
  await Deno.writeTextFile(left, JSON.stringify(RECORD));
  assert.equal(await subject.store.get(ID), undefined);
  assert.deepEqual(await subject.store.list(), []);
  {
    await using lock = await take(subject.store);
    await lock.set({ new: true }, undefined);
  }
  assert.deepEqual(names(dirname(subject.path)), ["prod.json", "prod.lock"]);
});

Deno.test("fileStore() follows no symbolic link where it puts its temporary file", async () => {
  await using subject = await open();
  await place(subject, JSON.stringify(RECORD));
  const target = join(subject.dir, "target");
  await Deno.writeTextFile(target, "untouched");
  await Deno.symlink(target, join(dirname(subject.path), ".prod.json.tmp"));
  await using lock = await take(subject.store);
  await lock.set({}, 7);
  await Deno.symlink(target, join(dirname(subject.path), ".prod.json.tmp"));
  await lock.reserve();
  assert.equal(await Deno.readTextFile(target), "untouched");
});

Deno.test("fileStore() get() reads the record that took the place of the one it looked at", async () => {
  let exchanges = 1;
  await using subject = await open({ files: exchanging(() => exchanges-- > 0) });
  await place(subject, JSON.stringify({ ...RECORD, generation: 0 }));
  assert.equal((await subject.store.get(ID))?.generation, 1);

  exchanges = Infinity;
  await fails(subject.store.get(ID), "store_conflict");
});

/** The real files, where somebody exchanges a file between the look at it and its opening. */
function exchanging(now: () => boolean): Files {
  const files = denoFiles();
  let generation = 0;
  return {
    ...files,
    async open(path, options) {
      if (path.endsWith(".json") && now()) {
        const text = JSON.stringify({ ...RECORD, generation: ++generation });
        await Deno.writeTextFile(`${path}.other`, text, { mode: 0o600 });
        await Deno.rename(`${path}.other`, path);
      }
      return await files.open(path, options);
    },
  };
}

Deno.test("fileStore() get() returns undefined when the record goes between look and opening", async () => {
  const files = denoFiles();
  await using subject = await open({
    files: {
      ...files,
      async open(path, options) {
        if (path.endsWith(".json")) await Deno.remove(path);
        return await files.open(path, options);
      },
    },
  });
  await place(subject, JSON.stringify(RECORD));
  assert.equal(await subject.store.get(ID), undefined);
});

Deno.test("fileStore() uses no two file names that differ in case only", async () => {
  await using subject = await open();
  for (const account of ["work", "Work", "WORK", "wOrk"]) {
    await using lock = await take(subject.store, { ...ID, account });
    await lock.set({ account }, undefined);
  }
  const folded = names(dirname(subject.path)).map((name) => name.toLowerCase());
  assert.equal(new Set(folded).size, 8); // a record and a lock each
});
