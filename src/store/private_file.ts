import { VantageError } from "../errors.ts";
import { fileProblem } from "../files.ts";
import type { FileFacts, Files, OpenFile } from "../system.ts";
import { FileError } from "../system.ts";

const OTHERS = 0o077;

/** Writers replace the file; more exchanges than this during one read are no accident. */
const MAX_EXCHANGES = 20;

/**
 * Reads a file that only its owner may read, as `ssh` does with a key: a symbolic link, or a
 * mode that lets others in, is refused. Undefined when there is no such file.
 */
export async function readPrivate(files: Files, path: string): Promise<string | undefined> {
  for (let exchanges = 0; exchanges < MAX_EXCHANGES; exchanges++) {
    const facts = await files.stat(path);
    if (!facts) return undefined;
    refuseUnsafe(path, facts);
    using file = await openIfThere(files, path);
    // The file that was looked at has to be the one that was opened.
    if (file && (await file.stat()).inode === facts.inode) return await file.readText();
  }
  throw new VantageError("store_conflict", `The file ${path} keeps changing while it is read`, {
    hint: "Find out which program rewrites it, then run the command again",
  });
}

function refuseUnsafe(path: string, facts: FileFacts): void {
  if (facts.kind === "symlink") {
    throw new VantageError("store_insecure", `Refusing to use ${path}: it is a symbolic link`, {
      hint: "Log in again with `vantage login`, which puts a file of its own in its place",
    });
  }
  if (facts.kind !== "file") throw corrupt(path, "it is not a file");
  if (facts.mode !== null && (facts.mode & OTHERS) !== 0) {
    const mode = facts.mode.toString(8).padStart(4, "0");
    throw new VantageError(
      "store_insecure",
      `Refusing to use ${path}: its mode ${mode} lets others read or change it`,
      { hint: `Log in again with \`vantage login\`, or if nobody else read it: chmod 600 ${path}` },
    );
  }
}

async function openIfThere(files: Files, path: string): Promise<OpenFile | undefined> {
  try {
    return await files.open(path, { read: true });
  } catch (error) {
    if (error instanceof FileError && error.kind === "not-found") return undefined;
    throw error;
  }
}

export function corrupt(path: string, why: string): VantageError {
  return new VantageError("store_corrupt", `Cannot use ${path}: ${why}`, {
    hint: "Log in again with `vantage login`; the damaged file is kept beside the new one",
  });
}

/** Runs `operation`; a failed file operation becomes a `store_…` error. */
export async function storeErrors<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const problem = fileProblem(error);
    if (error.kind === "full") {
      throw new VantageError("store_full", `Cannot write ${error.path}: ${problem}`, {
        cause: error,
        hint: "Free some space, then run the command again: the saved session is unchanged",
      });
    }
    throw new VantageError("store_unusable", `Cannot use ${error.path}: ${problem}`, {
      cause: error,
      hint: "Give yourself access to it, or name another directory with VANTAGE_HOME",
    });
  }
}
