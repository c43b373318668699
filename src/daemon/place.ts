import { dirname } from "node:path";
import { VantageError } from "../errors.ts";
import { fileProblem, tryLockFile, waitForLock } from "../files.ts";
import type { Connection, FileFacts, LocalListener, System } from "../system.ts";
import { FileError } from "../system.ts";

type PlaceSystem = Pick<
  System,
  "files" | "clock" | "connect" | "listenLocal" | "platform" | "uid" | "pid"
>;

/** What the kernel takes as the path of a socket (bytes): `sun_path` less its end. */
const LONGEST_PATH = { linux: 107, darwin: 103, windows: Infinity };

/** A socket is made in a directory beside its place: `.PID/s`. */
const BORN_AT_BYTES = 12;

/** Only its owner may change what is in a directory with none of these bits. */
const OTHERS_WRITE = 0o022;
/** In such a directory nobody replaces what is another user's. */
const STICKY = 0o1000;

/** The place where a daemon listens, as long as it is held. */
export interface Place extends AsyncDisposable {
  readonly listener: LocalListener;
}

/**
 * Takes the place at `path` and listens there: of all daemons, one holds the lock beside it, which
 * the kernel drops when that one dies. A dead socket is replaced. Throws `daemon_running` and
 * `daemon_unusable`.
 */
export async function takePlace(system: PlaceSystem, path: string): Promise<Place> {
  const { files } = system;
  requireShort(system, path);
  try {
    await files.makeDir(dirname(path), 0o700);
    const problem = await directoryProblem(system, dirname(path));
    if (problem !== undefined) throw unusable(path, problem, OWN_DIRECTORY);
    const lock = await takeLock(system, path);
    if (!lock) throw await running(system, path);
    await using held = new AsyncDisposableStack();
    held.use(lock);
    await requireFree(system, path);
    const listener = held.use(disposable(await system.listenLocal(path)));
    const ours = await files.stat(path);
    await lock.writeNote(`${system.pid}`);
    const stack = held.move();
    return {
      listener,
      async [Symbol.asyncDispose]() {
        listener.close();
        // Somebody may have put theirs in its place, although the lock says that nobody should.
        if ((await files.stat(path))?.inode === ours?.inode) await files.remove(path);
        await stack.disposeAsync();
      },
    };
  } catch (error) {
    if (error instanceof FileError) throw unusable(path, fileProblem(error), OWN_DIRECTORY);
    throw error;
  }
}

/** Why no daemon could listen at `path`, undefined where one could. */
export async function placeProblem(
  system: PlaceSystem,
  path: string,
): Promise<VantageError | undefined> {
  try {
    requireShort(system, path);
    if (!await system.files.stat(dirname(path))) return undefined; // it is made
    const problem = await directoryProblem(system, dirname(path));
    return problem === undefined ? undefined : unusable(path, problem, OWN_DIRECTORY);
  } catch (error) {
    if (error instanceof VantageError) return error;
    if (error instanceof FileError) return unusable(path, fileProblem(error), OWN_DIRECTORY);
    throw error;
  }
}

/**
 * Connects to the daemon at `path`; undefined where none of our user's listens. What another user
 * has put there is not talked to.
 */
export async function connectTo(
  system: PlaceSystem,
  path: string,
): Promise<Connection | undefined> {
  try {
    const facts = await system.files.stat(path);
    if (!facts || !isOurs(system, facts)) return undefined;
    if (await directoryProblem(system, dirname(path), "reading") !== undefined) return undefined;
    if (system.uid === null && await isLeft(system, path)) return undefined;
    return await system.connect(path);
  } catch (error) {
    if (error instanceof FileError) return undefined; // nobody listens
    throw error;
  }
}

/** On Windows a client may have the lock for a moment, to see whether somebody has it. */
const LOOKS_TAKE_MS = 500;

function takeLock({ files, clock, uid }: PlaceSystem, path: string) {
  const timeoutMs = uid === null ? LOOKS_TAKE_MS : 0;
  return waitForLock(() => tryLockFile(files, `${path}.lock`), clock, { timeoutMs });
}

/**
 * Whether who listened at `path` has died. The name of a pipe that is left there could be
 * anybody's by now, which a socket's place could not.
 */
async function isLeft({ files }: PlaceSystem, path: string): Promise<boolean> {
  await using lock = await tryLockFile(files, `${path}.lock`);
  return lock !== undefined;
}

const OWN_DIRECTORY = "Name another path with VANTAGE_SOCKET, in a directory that only you change";

/** Why other users could put their own socket there, undefined where they could not. */
async function directoryProblem(
  system: PlaceSystem,
  dir: string,
  purpose: "listening" | "reading" = "listening",
): Promise<string | undefined> {
  if (system.uid === null) return undefined; // Windows: see `listenLocal`
  const facts = await system.files.stat(await system.files.realPath(dir));
  if (facts?.kind !== "directory") return "its directory is none";
  const { uid, mode } = facts;
  if (purpose === "reading") {
    const isSafe = uid === system.uid || uid === 0;
    return isSafe && ((mode ?? 0) & OTHERS_WRITE) === 0 || ((mode ?? 0) & STICKY) !== 0
      ? undefined
      : "others may change its directory";
  }
  if (uid !== system.uid) return "its directory belongs to another user";
  return ((mode ?? 0) & OTHERS_WRITE) === 0 ? undefined : "others may change its directory";
}

const isOurs = ({ uid }: Pick<System, "uid">, facts: FileFacts): boolean =>
  uid === null ? facts.kind === "file" : facts.kind === "other" && facts.uid === uid;

/** We hold the lock, so what is there is dead, or none of ours. */
async function requireFree(system: PlaceSystem, path: string): Promise<void> {
  const facts = await system.files.stat(path);
  if (!facts) return;
  if (!isOurs(system, facts)) {
    throw unusable(path, "there is something else, or it is another user's", OWN_DIRECTORY);
  }
  using connection = await connectTo(system, path);
  if (connection) {
    throw unusable(path, "another program listens there", "Name another path with VANTAGE_SOCKET");
  }
}

/** The process that holds the place at `path`, as it noted; undefined where that is not known. */
export async function holderOf(
  { files }: Pick<System, "files">,
  path: string,
): Promise<string | undefined> {
  const pid = await files.readText(`${path}.lock`).catch(() => "");
  return /^\d+$/.test(pid) ? pid : undefined;
}

async function running(system: PlaceSystem, path: string): Promise<VantageError> {
  const pid = await holderOf(system, path);
  const who = pid === undefined ? "" : ` (process ${pid})`;
  return new VantageError("daemon_running", `A daemon listens at ${path} already${who}`, {
    hint: "Use that one, or stop it first with `vantage daemon stop`",
  });
}

function requireShort({ platform }: PlaceSystem, path: string): void {
  const bytesOf = (text: string) => new TextEncoder().encode(text).length;
  const length = Math.max(bytesOf(path), bytesOf(dirname(path)) + BORN_AT_BYTES);
  const most = LONGEST_PATH[platform];
  if (length <= most) return;
  const problem = `a socket's path may have ${most} bytes, and this takes ${length}`;
  throw unusable(path, problem, "Name a shorter path with VANTAGE_SOCKET");
}

const unusable = (path: string, problem: string, hint: string): VantageError =>
  new VantageError("daemon_unusable", `Cannot use the daemon's socket ${path}: ${problem}`, {
    hint,
  });

/** A listener that a stack can close. */
const disposable = (listener: LocalListener): LocalListener & AsyncDisposable => ({
  ...listener,
  [Symbol.asyncDispose]: () => Promise.resolve(listener.close()),
});
