import { basename, dirname, join } from "node:path";
import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import type { FileFacts, Files } from "../system.ts";
import { FileError } from "../system.ts";
import { unusable } from "./named_file.ts";

/** A new file is its owner's alone. */
const NEW_MODE = 0o600;
const OTHERS = 0o077;

/**
 * Checks that a file with secrets may be written at `path`, and returns the permission bits it is
 * to have: those of the file that is there. Throws `file_unusable`.
 */
export async function outputMode({ system, person }: App, path: string): Promise<number> {
  let facts: FileFacts | undefined;
  try {
    facts = await system.files.stat(path);
  } catch (error) {
    if (error instanceof FileError) throw unusable("write", path, error);
    throw error;
  }
  if (!facts) return NEW_MODE;
  if (facts.kind !== "file") throw notAFile(path, facts.kind);
  if (facts.uid !== null && facts.uid !== system.uid) {
    // The new file would be ours, and its owner might not be able to read it.
    throw new VantageError("file_unusable", `Cannot write '${path}': it is another user's`, {
      hint: "Run the command as that user, or remove the file first",
    });
  }
  if (facts.mode !== null && (facts.mode & OTHERS) !== 0) {
    person.warn(`Others may read '${path}': \`chmod 600\` keeps its secrets to you`);
  }
  return facts.mode ?? NEW_MODE;
}

function notAFile(path: string, kind: FileFacts["kind"]): VantageError {
  const [what, hint] = kind === "symlink"
    // Whoever may put a link there could choose where the secrets go.
    ? ["a symbolic link", "Name the file that it leads to"]
    : [kind === "directory" ? "a directory" : "not a regular file", "Leave out -o and use `>`"];
  return new VantageError("file_unusable", `Cannot write '${path}': it is ${what}`, { hint });
}

/**
 * Puts a file in place whole: temporary file beside it, fsync, rename, fsync of the directory.
 * The temporary file has a name of this process, because nothing locks the place. Throws
 * `file_unusable`.
 */
export async function writeOutput(
  { system: { files, pid } }: App,
  path: string,
  text: string,
  mode: number,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${pid}.tmp`);
  try {
    try {
      await writeTemporary(files, temporary, text, mode);
      await files.rename(temporary, path);
    } catch (error) {
      // One that is there already is not ours to remove.
      if (!(error instanceof FileError && error.kind === "exists")) {
        await files.remove(temporary).catch(() => {}); // the first failure is the one to report
      }
      throw error;
    }
    await files.syncDir(dirname(path));
  } catch (error) {
    if (error instanceof FileError) throw unusable("write", path, error);
    throw error;
  }
}

async function writeTemporary(files: Files, path: string, text: string, mode: number) {
  using file = await files.open(path, { write: true, createNew: true, mode: NEW_MODE });
  await file.writeText(text);
  // As the file that was there had it, whatever the umask.
  if (mode !== NEW_MODE) await files.setMode(path, mode);
  await file.sync();
}
