import { dirname } from "node:path";
import { VantageError } from "../errors.ts";
import { fileProblem, lockFile, writeDurably } from "../files.ts";
import type { Clock, Files } from "../system.ts";
import { FileError } from "../system.ts";

/** How long to wait for another command that edits the file. */
const LOCK_TIMEOUT_MS = 5_000;

/** The file's text, undefined when there is no file. Throws `config_unreadable`. */
export async function readText(files: Files, path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.kind === "not-found" && await isAbsent(files, path)) return undefined;
    throw unreadable("read", path, error);
  }
  const damage = text.indexOf("\uFFFD");
  if (damage !== -1) {
    const line = text.slice(0, damage).split("\n").length;
    throw new VantageError("config_unreadable", `Cannot read ${path}:${line}: it is not UTF-8`, {
      hint: "Save the file with the encoding UTF-8",
    });
  }
  return text;
}

/** A failed file operation on the file, as an error for a person. */
export function unreadable(verb: "read" | "write", path: string, error: FileError): VantageError {
  const directory = /is a directory/i.test(String(error.cause));
  const problem = error.kind === "not-found"
    ? "it is a symbolic link to a file that does not exist"
    : directory
    ? "it is a directory"
    : fileProblem(error);
  return new VantageError("config_unreadable", `Cannot ${verb} ${path}: ${problem}`, {
    cause: error,
    hint: "Mend the file, or name another directory with --home or VANTAGE_HOME",
  });
}

/** Whether there is nothing at `path`, not even a symbolic link that leads nowhere. */
async function isAbsent(files: Files, path: string): Promise<boolean> {
  try {
    return await files.stat(path) === undefined;
  } catch (error) {
    if (error instanceof FileError) throw unreadable("read", path, error);
    throw error;
  }
}

/**
 * Replaces the text of a settings file under its lock by what `next` makes of it. A file that
 * is a symbolic link stays one: what it leads to is written.
 */
export async function replaceText(
  files: Files,
  clock: Clock,
  path: string,
  next: (text: string) => Promise<string>,
): Promise<void> {
  try {
    await files.makeDir(dirname(path), 0o700);
    await using _lock = await lockFile(files, clock, `${path}.lock`, {
      timeoutMs: LOCK_TIMEOUT_MS,
    });
    const before = await readText(files, path);
    const after = await next(before ?? "");
    if (after === (before ?? "")) return;
    const target = before === undefined ? path : await files.realPath(path);
    const mode = (await files.stat(target))?.mode ?? 0o600;
    await writeDurably(files, target, after, mode & 0o777);
  } catch (error) {
    if (error instanceof FileError) throw unreadable("write", path, error);
    throw error;
  }
}
