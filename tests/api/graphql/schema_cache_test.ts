import assert from "node:assert/strict";
import { join } from "node:path";
import { isFresh, schemaCache } from "../../../src/api/graphql/schema_cache.ts";
import { denoSystem } from "../../../src/system/deno.ts";

const { files } = denoSystem();
const URL = "https://api.example.com/graphql";
const schema = { fetched_at: 1_000, introspection: { data: { __schema: {} } } };

async function withDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-schemas-" });
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The path of the only file. */
async function onlyFile(dir: string): Promise<string> {
  const names = await files.list(join(dir, "schemas"));
  assert.equal(names.length, 1);
  return join(dir, "schemas", names[0] ?? "");
}

Deno.test("schemaCache() gives back what was kept for the URL and the account", () =>
  withDir(async (dir) => {
    const cache = schemaCache(files, dir);
    assert.equal(await cache.get(URL, "a/b"), undefined);
    await cache.set(URL, "a/b", schema);
    await cache.set(URL, "a/c", { fetched_at: 2_000, introspection: null });
    assert.deepEqual(await cache.get(URL, "a/b"), schema);
    assert.deepEqual(await cache.get(URL, "a/c"), { fetched_at: 2_000, introspection: null });
    assert.equal(await cache.get(URL + "2", "a/b"), undefined);
    assert.equal(await cache.get(URL + "a", "/b"), undefined);
  }));

Deno.test("schemaCache() writes a file that only its owner reads", () =>
  withDir(async (dir) => {
    await schemaCache(files, dir).set(URL, "a/b", schema);
    assert.equal((await files.stat(await onlyFile(dir)))?.mode, 0o600);
    assert.equal((await files.stat(join(dir, "schemas")))?.mode, 0o700);
  }));

Deno.test("schemaCache() does not read what others may write, what is damaged, foreign or no file", () =>
  withDir(async (dir) => {
    const cache = schemaCache(files, dir);
    await cache.set(URL, "a/b", schema);
    const path = await onlyFile(dir);
    const good = await files.readText(path);
    for (
      const text of [
        "",
        "{",
        "[]",
        good.slice(0, -1),
        good.replace("a/b", "a/c"),
        good.replace("example", "evil"),
        good.replace("1000", '"1000"'),
        JSON.stringify({ ...JSON.parse(good), introspection: "x" }),
        JSON.stringify({ ...JSON.parse(good), introspection: [] }),
        JSON.stringify({ ...JSON.parse(good), introspection: undefined }),
      ]
    ) {
      await Deno.writeTextFile(path, text);
      assert.equal(await cache.get(URL, "a/b"), undefined, text);
    }
    await Deno.writeTextFile(path, good);
    assert.deepEqual(await cache.get(URL, "a/b"), schema);
    await files.setMode(path, 0o620);
    assert.equal(await cache.get(URL, "a/b"), undefined);
    await files.setMode(path, 0o600);
    await Deno.rename(path, path + ".else");
    await Deno.symlink(path + ".else", path);
    assert.equal(await cache.get(URL, "a/b"), undefined);
  }));

Deno.test("schemaCache() keeps nothing and says nothing when the directory cannot be written", () =>
  withDir(async (dir) => {
    await Deno.writeTextFile(join(dir, "file"), "");
    const cache = schemaCache(files, join(dir, "file"));
    await cache.set(URL, "a/b", schema);
    assert.equal(await cache.get(URL, "a/b"), undefined);
  }));

Deno.test("isFresh() holds for a day and not for a time to come", () => {
  const day = 24 * 60 * 60 * 1000;
  assert.equal(isFresh(schema, 1_000), true);
  assert.equal(isFresh(schema, 1_000 + day - 1), true);
  assert.equal(isFresh(schema, 1_000 + day), false);
  assert.equal(isFresh(schema, 999), false);
});
