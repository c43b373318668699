import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { VantageError } from "../../errors.ts";
import type { Files } from "../../system.ts";
import { FileError } from "../../system.ts";
import { unusable } from "./problem.ts";

/** The largest file that is read (bytes): tens of thousands of accounts. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The file's text, a symbolic link followed; undefined when there is none. */
export async function readText(files: Files, path: string): Promise<string | undefined> {
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    const facts = await files.stat(await files.realPath(path));
    if (facts && facts.kind !== "file") throw unusable(path, "it is not a file");
    if (facts && facts.size > MAX_BYTES) throw unusable(path, "it is too large");
    return await files.readText(path);
  } catch (error) {
    if (!(error instanceof FileError && error.kind === "not-found")) throw error;
    if ((await files.stat(path))?.kind === "symlink") throw leadsNowhere(path);
    return undefined;
  }
}

/**
 * The file that a write replaces: what a symbolic link leads to, so that the link stays one. Its
 * directory is made when it is missing. Throws `store_format` and {@link FileError}.
 */
export async function writtenPath(files: Files, path: string): Promise<string> {
  if (await files.stat(path)) {
    try {
      return await files.realPath(path);
    } catch (error) {
      if (error instanceof FileError && error.kind === "not-found") throw leadsNowhere(path);
      throw error;
    }
  }
  await files.makeDir(dirname(path), 0o700);
  return join(await files.realPath(dirname(path)), basename(path));
}

function leadsNowhere(path: string): VantageError {
  return unusable(
    path,
    "it is a symbolic link to nothing",
    "Create what it leads to, or remove the link: a new file takes its place",
  );
}

/** The file's lock: in the directory of locks, so that nothing of ours lies beside a committed file. */
export function lockPath(dir: string, written: string): string {
  return join(dir, `sops-${shortHash(written)}.lock`);
}

/** Where an account claims space beside the file. No two accounts have the same place. */
export function claimPath(written: string, account: string): string {
  return `${written}.${shortHash(account)}`;
}

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
