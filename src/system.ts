/**
 * Everything the program needs of the world outside, as data and small functions, so that a
 * test can stand in for the clock, the network's faults and the person. The real one is
 * `system/deno.ts`; nothing else touches `Deno`.
 */
export interface System {
  readonly args: readonly string[];
  /** The name or path that the program was called by: a link to it has its own. */
  readonly calledAs: string;
  readonly platform: "linux" | "darwin" | "windows";
  readonly pid: number;
  /** The user's numeric id, null where there is none (Windows). */
  readonly uid: number | null;
  env(name: string): string | undefined;
  /** Every variable of our environment that is text. */
  environment(): Readonly<Record<string, string>>;
  /** The path of our own program. */
  readonly executable: string;
  cwd(): string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  readonly files: Files;
  /** Sends one request. Certificates in `caCerts` (PEM) are trusted beside the built-in roots. */
  fetch(url: string, init: RequestInit, caCerts: readonly string[]): Promise<Response>;
  /**
   * A lookup of the URL's host and a connection to it, which is closed again: how long both take
   * (milliseconds). Undefined where they fail, and where a proxy stands between.
   */
  connectTime(url: string): Promise<number | undefined>;
  /** Opens a WebSocket (RFC 6455). Certificates in `caCerts` (PEM) are trusted as `fetch` does. */
  webSocket(
    url: string,
    options: {
      readonly protocols: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
    },
    caCerts: readonly string[],
  ): WebSocket;
  /** Serves HTTP on a loopback address until closed. `port` 0 takes any free one. */
  listen(host: string, port: number, handler: HttpHandler): Listener;
  /** Starts a program that outlives or ignores us, without a shell. False when there is none such. */
  launch(program: string, args: readonly string[]): Promise<boolean>;
  /** Runs a program in our terminal and returns its exit status; undefined when there is none such. */
  run(program: string, args: readonly string[]): Promise<number | undefined>;
  /**
   * Runs a program to its end away from our terminal, and returns what it printed; undefined
   * when there is none such. It is killed when `signal` aborts, and the signal's reason thrown.
   */
  output(
    program: string,
    args: readonly string[],
    options?: OutputOptions,
  ): Promise<ProgramOutput | undefined>;
  /**
   * Runs a program as if it were us, and returns its exit status (128 + N when signal N ended
   * it): it has our streams and terminal, and the signals that are sent to us reach it. Throws
   * {@link ProgramError}.
   */
  handOver(
    program: string,
    args: readonly string[],
    options: HandOverOptions,
  ): Promise<number>;
  /**
   * Starts a program that outlives us, in this environment alone and in the directory that we
   * are installed in. Throws {@link ProgramError}.
   */
  startDetached(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): DetachedProgram;
  /**
   * Connects to a Unix socket. Windows has named pipes instead: there a file at `path` tells the
   * name of one. Throws {@link FileError}.
   */
  connect(path: string): Promise<Connection>;
  /**
   * Listens on a Unix socket that our user alone can connect to, in the place of what is at
   * `path`; on Windows on a named pipe, whose name is written to `path`. Throws {@link FileError}.
   */
  listenLocal(path: string): Promise<LocalListener>;
  /**
   * Calls `changed` when something below a directory changes, with the paths that did. Throws
   * {@link FileError} where the system cannot tell.
   */
  watch(
    dir: string,
    options: { readonly recursive: boolean },
    changed: (paths: readonly string[]) => void,
  ): Disposable;
  /** The Credential Manager of Windows; undefined elsewhere. */
  credentials(): Promise<CredentialManager | undefined>;
  /** Runs what holds up everything else. Meanwhile an interrupt ends the process, unheard. */
  blocking<T>(work: () => T): T;
  /** Calls `handler` at SIGINT and SIGTERM (Ctrl-C and Ctrl-Break on Windows) instead of dying. */
  onInterrupt(handler: () => void): Disposable;
}

export interface OutputOptions {
  /** What it reads; nothing unless told. */
  readonly stdin?: string;
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ProgramOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HandOverOptions {
  /** Beside our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes what each of its two output streams goes through, none unless told. */
  readonly filter?: (() => StreamFilter) | undefined;
}

/** Changes a stream of bytes on its way. */
export interface StreamFilter {
  /** Takes bytes and returns those that are certain by now. */
  push(bytes: Uint8Array): Uint8Array;
  /** Returns the rest. */
  end(): Uint8Array;
}

/** A program that goes on without us. */
export interface DetachedProgram {
  readonly pid: number;
  /** Its exit status and what it wrote to stderr, should it end while we are here. */
  readonly ended: Promise<{ readonly status: number; readonly stderr: string }>;
}

/** A place where programs on this machine connect to us. */
export interface LocalListener extends Disposable {
  /** The next client; undefined when it was closed. Throws {@link FileError}. */
  accept(): Promise<Connection | undefined>;
  /** Stops listening. What is at the path stays. */
  close(): void;
}

/** A stream of bytes both ways. */
export interface Connection extends Disposable {
  /** The next bytes, undefined when the other side has ended. Throws {@link FileError}. */
  read(): Promise<Uint8Array | undefined>;
  /** Writes all of `bytes`. Throws {@link FileError}. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** Generic credentials of the user, under names that are not case-sensitive. Each throws {@link CredentialError}. */
export interface CredentialManager {
  read(name: string): Promise<Uint8Array | undefined>;
  /** Makes or replaces a credential. `bytes` are at most 2560. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a credential; nothing happens when there is none. */
  remove(name: string): Promise<void>;
  /** The names that start with `prefix`. */
  list(prefix: string): Promise<string[]>;
}

export interface Input {
  readonly isTerminal: boolean;
  /** Whole lines without their end, until the input ends or `signal` aborts. */
  lines(signal: AbortSignal): AsyncIterable<string>;
  /** All of it, as UTF-8. */
  readAll(): Promise<string>;
  /** All of it, as it comes. */
  bytes(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** One line, not echoed where the input is a terminal; undefined when it ended or `signal` aborts. */
  readSecret(options?: SecretReading): Promise<string | undefined>;
}

export interface SecretReading {
  readonly signal?: AbortSignal;
  /** Called as soon as nothing that is typed is shown any more: the moment to ask. */
  readonly onReady?: () => void;
}

export interface Output {
  readonly isTerminal: boolean;
  /** Whether its reader has gone, as a write found out. */
  readonly closed: boolean;
  /** Width in columns; undefined where it is no terminal. */
  columns(): number | undefined;
  /** Writes all of `text` before it returns. A reader that has gone is not an error. Throws {@link FileError}. */
  write(text: string): void;
  /** The same for bytes, and a reader that is slow does not keep us from what else happens. */
  writeBytes(bytes: Uint8Array): Promise<void>;
}

export interface Clock {
  /** Milliseconds since the epoch. May jump either way. */
  now(): number;
  /** Resolves after `ms`, rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type HttpHandler = (request: Request) => Response | Promise<Response>;

export interface Listener {
  readonly port: number;
  /** Stops accepting, lets answers in flight finish for a moment, then cuts them. */
  close(): Promise<void>;
}

/** The file operations we build on. Each throws {@link FileError}. */
export interface Files {
  /** Facts about `path` itself (a symbolic link is not followed), undefined when there is none. */
  stat(path: string): Promise<FileFacts | undefined>;
  open(path: string, options: OpenOptions): Promise<OpenFile>;
  /** Whole file as UTF-8 text, symbolic links followed. */
  readText(path: string): Promise<string>;
  /** A file's bytes from its beginning, as they are read; symbolic links followed. */
  readStream(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Creates a directory and its parents; those it makes get `mode`. */
  makeDir(path: string, mode: number): Promise<void>;
  /** Makes a directory's entries (a rename in it) durable. */
  syncDir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Sets permission bits, whatever the umask; nothing happens on Windows. */
  setMode(path: string, mode: number): Promise<void>;
  /** Removes a file; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  /** Names in a directory, sorted; none when there is no such directory. */
  list(path: string): Promise<string[]>;
  /** The path with every symbolic link resolved. */
  realPath(path: string): Promise<string>;
}

export interface FileFacts {
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Permission bits; null on Windows. */
  readonly mode: number | null;
  readonly uid: number | null;
  readonly size: number;
  /** When its content changed last (epoch milliseconds); null where that is not known. */
  readonly modifiedAt: number | null;
  /** Names the file on its device, to see whether a path was exchanged under us; null on Windows. */
  readonly inode: number | null;
}

export interface OpenOptions {
  read?: boolean;
  write?: boolean;
  create?: boolean;
  /** Fail when it exists, also as a symbolic link. */
  createNew?: boolean;
  mode?: number;
}

export interface OpenFile extends Disposable {
  stat(): Promise<FileFacts>;
  readText(): Promise<string>;
  /** Replaces the whole content. */
  writeText(text: string): Promise<void>;
  /** Writes behind the first `offset` bytes, and cuts off what is behind it. */
  writeAt(offset: number, bytes: Uint8Array): Promise<void>;
  /** Flushes content to the device. */
  sync(): Promise<void>;
  /** Takes the kernel's exclusive lock without waiting. It is dropped when the process dies. */
  tryLock(): Promise<boolean>;
  close(): void;
}

export type FileErrorKind =
  | "not-found"
  | "exists"
  | "denied"
  | "read-only"
  | "full"
  | "not-a-directory"
  | "other";

/** A port that cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  constructor(readonly inUse: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A program that cannot be started: there is none, or the system refuses to run it. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
  constructor(readonly kind: "not-found" | "refused", cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A failed file operation: which, on what, why. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(readonly kind: FileErrorKind, readonly path: string, cause: unknown) {
    super(`Cannot access ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** A failed operation of the Credential Manager, with the error code of Windows. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  constructor(readonly operation: string, readonly code: number) {
    super(`${operation} failed with error ${code}`);
  }
}
