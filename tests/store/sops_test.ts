import assert from "node:assert/strict";
import { join } from "node:path";
import type { Files } from "../../src/system.ts";
import { FileError } from "../../src/system.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { identitiesOf, openSops } from "../support/sops.ts";
import { ID, take } from "./contract.ts";
import { fails, FIELDS, filled, FORMATS, OTHER } from "./sops_checks.ts";

const UNIX = Deno.build.os !== "windows";

for (const format of FORMATS) {
  Deno.test(`sopsStore() in ${format} set() writes nothing when nothing changes`, async () => {
    await using subject = await openSops(format);
    const text = await filled(subject);
    const { inode } = await denoFiles().stat(subject.path) ?? {};
    const saved = await subject.store.get(ID);
    await using lock = await take(subject.another());
    assert.deepEqual(await lock.set({ ...saved?.fields }, saved?.generation), saved);
    assert.equal(await subject.read(), text);
    assert.equal((await denoFiles().stat(subject.path))?.inode, inode);
  });

  Deno.test(`sopsStore() in ${format} set() makes a new generation when only a field goes`, async () => {
    await using subject = await openSops(format);
    await using lock = await take(subject.store);
    const seen = new Set<number>();
    const once = { a: "1" };
    const both = { a: "1", b: { c: "2", d: "3" } };
    for (const fields of [once, both, once, both, { ...both, b: { c: "2" } }, both, once]) {
      seen.add((await lock.set(fields, "any")).generation);
      assert.deepEqual((await subject.another().get(ID))?.fields, fields);
    }
    assert.equal(seen.size, 7);
  });

  Deno.test(`sopsStore() in ${format} set() adds to a mapping when the entry behind it goes`, async () => {
    await using subject = await openSops(format);
    await using lock = await take(subject.store);
    await lock.set({ 1: { a: "json:1" }, "": {} }, undefined);
    const fields = { 1: { a: "", x_unencrypted: "" } };
    await lock.set(fields, "any");
    assert.deepEqual((await subject.another().get(ID))?.fields, fields);
  });

  Deno.test(`sopsStore() in ${format} set() exchanges a mapping's entries when the ones behind it go`, async () => {
    await using subject = await openSops(format);
    await using lock = await take(subject.store);
    const x = { 0: [{ Pn: null }] };
    await lock.set({ prototype: { "": false, x }, "㋮": false, "": {} }, undefined);
    const fields = { prototype: { "\\/_,+2": true, oBm9pE: [], "": [null] } };
    await lock.set(fields, "any");
    assert.deepEqual((await subject.another().get(ID))?.fields, fields);
  });

  Deno.test(`sopsStore() in ${format} accepts places that a person left empty`, async () => {
    await using subject = await openSops(format);
    await filled(subject);
    for (const id of [ID, OTHER]) {
      await using lock = await take(subject.store, id);
      await lock.delete("any");
    }
    const text = await subject.read();
    const [mark, places] = format === "json"
      ? ['"sops"', [
        '"vantage": {},\n',
        '"vantage": null,',
        '"vantage": {"vantage": {}}, ',
      ]] as const
      : ["sops:", [
        "vantage: {}\n",
        "vantage:\n",
        "vantage: ~\n",
        "vantage:\n    vantage:\n",
      ]] as const;
    for (const place of places) {
      await subject.write(text.replace(mark, () => place + mark));
      const store = subject.another();
      assert.deepEqual(await store.list(), []);
      await using lock = await take(store);
      await lock.set(FIELDS, undefined);
      assert.deepEqual((await subject.another().get(ID))?.fields, FIELDS);
    }
  });
}

Deno.test("sopsStore() in yaml set() fills fields when a person left them empty", async () => {
  await using subject = await openSops("yaml");
  await filled(subject);
  for (const id of [ID, OTHER]) {
    await using lock = await take(subject.store, id);
    await lock.delete("any");
  }
  const text = await subject.read();
  const empty = "a:\n            b: # mine\n            c: ~\n            d: {e: , f: }";
  await subject.write(`vantage:\n    vantage:\n        prod:\n            ${empty}\n${text}`);
  await using lock = await take(subject.another());
  const fields = { a: "1", b: "2", c: "3", d: { e: "4", f: "5" } };
  await lock.set(fields, "any");
  assert.deepEqual((await subject.another().get(ID))?.fields, fields);
  assert.match(await subject.read(), /^ {12}b: ENC\[.*\] # mine$/m);
});

Deno.test("sopsStore() takes a value's text whatever type it claims", async () => {
  await using subject = await openSops("json");
  await using lock = await take(subject.store);
  await lock.set({ api_key: "12345" }, undefined);
  const text = await subject.read();
  for (const type of ["int", "float", "bytes", "time"]) {
    await subject.write(text.replace(/type:str(?=\]",?\n\s*\})/, `type:${type}`));
    assert.notEqual(await subject.read(), text);
    assert.deepEqual((await subject.another().get(ID))?.fields, { api_key: "12345" }, type);
  }
});

Deno.test("sopsStore() throws store_format when the file's rules would leave a secret in the clear", async () => {
  for (const [rule, value] of [["encrypted_regex", "^data$"], ["unencrypted_suffix", "_token"]]) {
    await using subject = await openSops("json");
    // Of values there are none, so that the MAC fits whatever is encrypted.
    await filled(subject);
    for (const id of [ID, OTHER]) {
      await using lock = await take(subject.store, id);
      await lock.delete("any");
    }
    const { sops: { unencrypted_suffix: _gone, ...rest } } = JSON.parse(await subject.read());
    const text = JSON.stringify({ sops: { ...rest, [`${rule}`]: value } });
    await subject.write(text);
    await using lock = await take(subject.another());
    const { message } = await fails(lock.set(FIELDS, undefined), "store_format");
    assert.match(
      message,
      new RegExp(`its '${rule}' would leave 'vantage/vantage/prod/access_token'`),
    );
    assert.equal(await subject.read(), text);
  }
});

Deno.test("sopsStore() throws store_format when the file's name does not tell its format", async () => {
  await using subject = await openSops("json");
  for (const name of ["secrets", "secrets.toml", "json"]) {
    const store = subject.another({ path: join(subject.root, name) });
    await fails(store.get(ID), "store_format");
    await using lock = await take(store);
    await fails(lock.set(FIELDS, "any"), "store_format");
  }
});

Deno.test({
  name: "sopsStore() makes a file of mode 0600, and keeps the mode of one that is there",
  ignore: !UNIX,
  async fn() {
    await using subject = await openSops("json");
    const mode = () => (Deno.statSync(subject.path).mode ?? 0) & 0o777;
    await filled(subject);
    assert.equal(mode(), 0o600);
    await Deno.chmod(subject.path, 0o644);
    await using lock = await take(subject.store);
    await lock.set({ a: "1" }, "any");
    assert.equal(mode(), 0o644);
    await lock.reserve();
    await lock.set({ a: "2" }, "any");
    assert.equal(mode(), 0o644);
  },
});

Deno.test({
  name: "sopsStore() writes what a symbolic link leads to, and refuses one that leads nowhere",
  ignore: !UNIX,
  async fn() {
    await using subject = await openSops("json");
    const target = join(subject.root, "elsewhere", "target.json");
    await Deno.mkdir(join(subject.root, "elsewhere"));
    await Deno.symlink(target, subject.path);
    await fails(subject.store.get(ID), "store_format");
    await using lock = await take(subject.store);
    await fails(lock.set(FIELDS, "any"), "store_format");

    await using direct = await openSops("json", {
      path: target,
      identities: identitiesOf(subject.ada),
    });
    await using theirs = await take(direct.another({ recipients: [subject.ada.recipient] }));
    await theirs.set(FIELDS, undefined);
    await lock.reserve();
    await lock.set({ a: "1" }, "any");
    assert.ok(Deno.lstatSync(subject.path).isSymlink);
    assert.deepEqual((await direct.store.get(ID))?.fields, { a: "1" });
    const names = [...Deno.readDirSync(join(subject.root, "elsewhere"))].map(({ name }) => name);
    assert.deepEqual(names, ["target.json"]);
  },
});

Deno.test("sopsStore() leaves nothing beside the file but the file", async () => {
  await using subject = await openSops("yaml");
  const names = () => [...Deno.readDirSync(subject.root)].map(({ name }) => name).sort();
  {
    await using first = await take(subject.store);
    await using second = await take(subject.store, OTHER);
    await first.reserve();
    await second.reserve();
    assert.equal(names().length, 3); // each has space of its own
    await first.set(FIELDS, undefined);
    await second.set(FIELDS, undefined);
    await first.reserve();
  }
  assert.deepEqual(names(), ["secrets.yaml", "state"]);
  assert.deepEqual((await subject.store.list()).length, 2);
});

Deno.test("sopsStore() keeps the old file when the disk is full", async () => {
  const files = denoFiles();
  let full = false;
  const failing: Files = {
    ...files,
    open: async (path, options) => {
      const file = await files.open(path, options);
      const writeText = (text: string) =>
        full
          ? Promise.reject(new FileError("full", path, new Error("full")))
          : file.writeText(text);
      return { ...file, writeText };
    },
  };
  await using subject = await openSops("json", { files: failing });
  const text = await filled(subject);
  await using lock = await take(subject.store);
  full = true;
  await fails(lock.reserve(), "store_full");
  await fails(lock.set({ a: "1" }, "any"), "store_full");
  full = false;
  assert.equal(await subject.read(), text);
  assert.deepEqual((await subject.store.get(ID))?.fields, { ...FIELDS, account: ID.account });
});
