import { dirname, join } from "node:path";
import { VantageError } from "./errors.ts";
import type { Clock, Files, OpenFile } from "./system.ts";
import { FileError } from "./system.ts";

/** The pauses of a waiter between two tries: short at first, then easy on a machine full of waiters. */
const SHORTEST_LOCK_PAUSE_MS = 20;
const LONGEST_LOCK_PAUSE_MS = 200;

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
    {
      using file = claimed ?? await createTemporary(files, temporary, mode);
      await file.writeText(text);
      await file.sync();
    } // closed, because Windows renames no open file
    await files.rename(temporary, path);
  } catch (error) {
    await files.remove(temporary).catch(() => {}); // the first failure is the one to report
    throw error;
  }
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
      if (held) file.close();
      held = false;
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
  const held = await waitForLock(() => tryLockFile(files, path), clock, options);
  if (held) return held;
  throw new VantageError("lock_timeout", `Another process has held ${path} for too long`, {
    hint: "Find the process with `fuser` or `lsof` on that file, or run the command again",
  });
}

/**
 * Tries for a lock until it is free; undefined when `timeoutMs` have passed. `onBusy` is called
 * once, where there is somebody to wait for. Throws what `tryLock` does, and the signal's reason.
 */
export async function waitForLock<T>(
  tryLock: () => Promise<T | undefined>,
  clock: Clock,
  options: { timeoutMs: number; signal?: AbortSignal; onBusy?: () => void },
): Promise<T | undefined> {
  let pause = SHORTEST_LOCK_PAUSE_MS;
  // The pauses are counted and not the clock's time, because the clock may jump meanwhile.
  for (let waited = 0;;) {
    const held = await tryLock();
    if (held) return held;
    if (waited === 0) options.onBusy?.();
    if (waited >= options.timeoutMs) return undefined;
    // Jittered, so that waiters do not march in step.
    const jittered = pause * (0.5 + Math.random());
    await clock.sleep(jittered, options.signal);
    waited += jittered;
    pause = Math.min(pause * 1.5, LONGEST_LOCK_PAUSE_MS);
  }
}

/**
 * Names what is at `path` now without reading it, "" for nothing: equal stamps mean that nothing
 * has changed. A file that is replaced has another inode, one that is written has another time.
 */
export async function stampOf(files: Pick<Files, "stat">, path: string): Promise<string> {
  const facts = await files.stat(path);
  if (!facts) return "";
  const { kind, inode, size, modifiedAt, mode } = facts;
  return [kind, inode, size, modifiedAt, mode].join(" ");
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
