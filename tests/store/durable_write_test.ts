import assert from "node:assert/strict";
import { join } from "node:path";
import { claimSpace, temporaryPath, writeDurably } from "../../src/files.ts";
import { FileError, type Files, type OpenFile } from "../../src/system.ts";
import { denoFiles } from "../../src/system/deno_files.ts";

/** The real files; `steps` tells what was done to them, and `fail` may break one step. */
function watched(fail: (step: string) => boolean = () => false) {
  const files = denoFiles();
  const steps: string[] = [];
  const step = async <T>(name: string, path: string, operation: () => Promise<T>): Promise<T> => {
    steps.push(name);
    if (fail(name)) throw new FileError("full", path, new Error("no space"));
    return await operation();
  };
  const watchedFile = (path: string, file: OpenFile): OpenFile => ({
    ...file,
    writeText: (text) => step("write", path, () => file.writeText(text)),
    sync: () => step("sync", path, () => file.sync()),
  });
  const watching: Files = {
    ...files,
    open: (path, options) =>
      step("open", path, async () => watchedFile(path, await files.open(path, options))),
    rename: (from, to) => step("rename", to, () => files.rename(from, to)),
    syncDir: (path) => step("sync directory", path, () => files.syncDir(path)),
  };
  return { files: watching, steps };
}

async function inTemporaryDir(test: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-files-" });
  try {
    await test(join(dir, "a.json"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("writeDurably() flushes the file before it is renamed, and then the directory", async () => {
  await inTemporaryDir(async (path) => {
    const { files, steps } = watched();
    await writeDurably(files, path, "new", 0o600);
    assert.deepEqual(steps, ["open", "write", "sync", "rename", "sync directory"]);
    assert.equal(await Deno.readTextFile(path), "new");
  });
});

Deno.test("writeDurably() writes into the space that claimSpace() has flushed to the disk", async () => {
  await inTemporaryDir(async (path) => {
    const { files, steps } = watched();
    const claimed = await claimSpace(files, path, 4096, 0o600);
    assert.equal((await claimed.stat()).size, 4096);
    const { inode } = await claimed.stat();
    await writeDurably(files, path, "new", 0o600, claimed);
    assert.deepEqual(steps, ["open", "write", "sync", "write", "sync", "rename", "sync directory"]);
    assert.equal(await Deno.readTextFile(path), "new");
    assert.equal((await files.stat(path))?.inode, inode);
  });
});

for (const broken of ["open", "write", "sync", "rename"]) {
  Deno.test(`writeDurably() keeps the old content and leaves nothing when '${broken}' fails`, async () => {
    await inTemporaryDir(async (path) => {
      await Deno.writeTextFile(path, "old");
      const { files } = watched((step) => step === broken);
      await assert.rejects(writeDurably(files, path, "new", 0o600), FileError);
      if (broken !== "rename") {
        await assert.rejects(claimSpace(files, path, 10, 0o600), FileError);
      }
      assert.equal(await Deno.readTextFile(path), "old");
      await assert.rejects(Deno.lstat(temporaryPath(path)), Deno.errors.NotFound);
    });
  });
}
