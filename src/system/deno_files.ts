import type { FileErrorKind, FileFacts, Files, OpenFile } from "../system.ts";
import { FileError } from "../system.ts";

const KIND_BY_CODE: Record<string, FileErrorKind> = {
  ENOENT: "not-found",
  EEXIST: "exists",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "read-only",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  ENOTDIR: "not-a-directory",
};

/** The file operations, by Deno. */
export function denoFiles(): Files {
  return {
    stat(path) {
      try {
        // At once: by way of another thread it takes ten times as long, and a daemon does it for
        // every request.
        return Promise.resolve(facts(Deno.lstatSync(path)));
      } catch (error) {
        const failure = fileError(path, error);
        return failure.kind === "not-found" ? Promise.resolve(undefined) : Promise.reject(failure);
      }
    },
    open: (path, options) =>
      attempt(path, async () => openFile(path, await Deno.open(path, options))),
    readText: (path) => attempt(path, () => Deno.readTextFile(path)),
    readStream: (path) => attempt(path, async () => (await Deno.open(path)).readable),
    makeDir: (path, mode) => attempt(path, () => Deno.mkdir(path, { recursive: true, mode })),
    syncDir: (path) =>
      attempt(path, async () => {
        // Windows makes a rename durable by itself and cannot open a directory.
        if (Deno.build.os === "windows") return;
        using dir = await Deno.open(path);
        await dir.sync();
      }),
    rename: (from, to) => attempt(to, () => Deno.rename(from, to)),
    setMode: (path, mode) =>
      attempt(path, async () => {
        if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
      }),
    async remove(path) {
      try {
        await Deno.remove(path);
      } catch (error) {
        const failure = fileError(path, error);
        if (failure.kind !== "not-found") throw failure;
      }
    },
    async list(path) {
      try {
        const names: string[] = [];
        for await (const entry of Deno.readDir(path)) names.push(entry.name);
        return names.sort();
      } catch (error) {
        const failure = fileError(path, error);
        if (failure.kind === "not-found") return [];
        throw failure;
      }
    },
    realPath: (path) => attempt(path, () => Deno.realPath(path)),
  };
}

function openFile(path: string, file: Deno.FsFile): OpenFile {
  return {
    stat: () => attempt(path, () => Promise.resolve(facts(file.statSync()))),
    readText: () => attempt(path, () => Promise.resolve(readText(file))),
    writeText: (text) =>
      attempt(path, async () => {
        const bytes = new TextEncoder().encode(text);
        await file.seek(0, Deno.SeekMode.Start);
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
        // Last, so that blocks which were there before stay ours until the new content is in them.
        await file.truncate(bytes.length);
      }),
    writeAt: (offset, bytes) =>
      attempt(path, async () => {
        // At once, and only where something is behind: each step by another thread takes its time.
        file.seekSync(offset, Deno.SeekMode.Start);
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
        const end = offset + bytes.length;
        if (file.statSync().size > end) await file.truncate(end);
      }),
    sync: () => attempt(path, () => file.sync()),
    tryLock: () => attempt(path, () => file.tryLock(true)),
    close: () => file.close(),
    [Symbol.dispose]: () => file.close(),
  };
}

/** At once, as `stat`: a record is small, and each step by another thread would take longer. */
function readText(file: Deno.FsFile): string {
  file.seekSync(0, Deno.SeekMode.Start);
  let bytes = new Uint8Array(file.statSync().size + 1);
  let length = 0;
  for (let n = file.readSync(bytes); n !== null; n = file.readSync(bytes.subarray(length))) {
    length += n;
    if (length === bytes.length) bytes = grown(bytes); // it grew meanwhile
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

function facts(info: Deno.FileInfo): FileFacts {
  return {
    kind: info.isSymlink
      ? "symlink"
      : info.isFile
      ? "file"
      : info.isDirectory
      ? "directory"
      : "other",
    mode: Deno.build.os === "windows" || info.mode === null ? null : info.mode & 0o7777,
    uid: info.uid,
    size: info.size,
    modifiedAt: info.mtime?.getTime() ?? null,
    inode: info.ino,
  };
}

async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(path, error);
  }
}

/** A failed operation of Deno as ours: which kind, on what. */
export function fileError(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const code = (error as { code?: unknown }).code;
  const known = typeof code === "string" ? KIND_BY_CODE[code] : undefined;
  return new FileError(known ?? kindByClass(error), path, error);
}

function kindByClass(error: unknown): FileErrorKind {
  if (error instanceof Deno.errors.NotFound) return "not-found";
  if (error instanceof Deno.errors.AlreadyExists) return "exists";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  if (error instanceof Deno.errors.NotADirectory) return "not-a-directory";
  return "other";
}
