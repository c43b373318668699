import { dirname, join } from "node:path";
import { VantageError } from "./errors.ts";
import type { Clock, Files, OpenFile } from "./system.ts";
import { FileError } from "./system.ts";

/** How often a waiter asks for the lock again. Jittered, so that waiters do not march in step. */
const LOCK_POLL_MS = 20;

/** The temporary file that {@link writeDurably} goes through: a sibling, so that rename is atomic. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${path.slice(dirname(path).length + 1)}.tmp`);
}

/**
 * Replaces a file so that a reader, or a crash at any moment, sees the old or the new content,
 * whole: temporary file, fsync, rename, fsync of the directory. The caller holds the file's
 * lock, therefore a temporary file found here was left by a process that died.
 *
 * `claimed` is what {@link claimSpace} returned for this path, if it was called.
 */
export async function writeDurably(
  files: Files,
  path: string,
  text: string,
  mode: number,
  claimed?: OpenFile,
): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    using file = claimed ?? await createTemporary(files, temporary, mode);
    await file.writeText(text);
    await file.sync();
  } catch (error) {
    await files.remove(temporary).catch(() => {}); // the first failure is the one to report
    throw error;
  }
  await files.rename(temporary, path);
  await files.syncDir(dirname(path));
}

/**
 * Claims the space that a coming {@link writeDurably} will need. The blocks are rewritten in
 * place by it, so a disk that fills up in between does not matter.
 */
export async function claimSpace(
  files: Files,
  path: string,
  bytes: number,
  mode: number,
): Promise<OpenFile> {
  const temporary = temporaryPath(path);
  const file = await createTemporary(files, temporary, mode);
  try {
    await file.writeText(" ".repeat(bytes));
    await file.sync();
    return file;
  } catch (error) {
    file.close();
    await files.remove(temporary).catch(() => {}); // the first failure is the one to report
    throw error;
  }
}

async function createTemporary(files: Files, path: string, mode: number): Promise<OpenFile> {
  await files.remove(path);
  return await files.open(path, { read: true, write: true, createNew: true, mode });
}

/**
 * A lock file that is held. The kernel drops the lock when the process dies, and the file
 * stays, because removing it would let two processes lock two files of one name.
 */
export interface HeldLock extends AsyncDisposable {
  /** What an earlier holder left for those who wait, "" when nothing. */
  readNote(): Promise<string>;
  writeNote(text: string): Promise<void>;
}

/** Takes the lock if it is free. The directory must exist. Throws {@link FileError}. */
export async function tryLockFile(files: Files, path: string): Promise<HeldLock | undefined> {
  const file = await files.open(path, { read: true, write: true, create: true, mode: 0o600 });
  let held = false;
  try {
    held = await file.tryLock();
  } finally {
    if (!held) file.close();
  }
  if (!held) return undefined;
  return {
    readNote: () => file.readText(),
    writeNote: (text) => file.writeText(text),
    [Symbol.asyncDispose]() {
      file.close();
      return Promise.resolve();
    },
  };
}

/**
 * Takes the lock, waiting at most `timeoutMs`. Throws `lock_timeout`, {@link FileError}, or the
 * signal's reason.
 */
export async function lockFile(
  files: Files,
  clock: Clock,
  path: string,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<HeldLock> {
  const deadline = clock.now() + options.timeoutMs;
  while (true) {
    const held = await tryLockFile(files, path);
    if (held) return held;
    if (clock.now() >= deadline) {
      throw new VantageError("lock_timeout", `Another process has held ${path} for too long`, {
        hint: "Find the process with `fuser` or `lsof` on that file, or run the command again",
      });
    }
    await pauseForLock(clock, options.signal);
  }
}

/** The pause between two tries for a lock. */
export function pauseForLock(clock: Clock, signal?: AbortSignal): Promise<void> {
  return clock.sleep(LOCK_POLL_MS * (0.5 + Math.random()), signal);
}

/** What went wrong with a file, in words for a person. */
export function fileProblem(error: FileError): string {
  switch (error.kind) {
    case "not-found":
      return "it does not exist";
    case "exists":
      return "it exists already";
    case "denied":
      return "permission is denied";
    case "read-only":
      return "the file system is read-only";
    case "full":
      return "no space is left on the device";
    case "not-a-directory":
      return "a part of the path is not a directory";
    case "other":
      return error.cause instanceof Error ? error.cause.message : String(error.cause);
  }
}
