import type { Successor } from "../system.ts";
import { fileError } from "./deno_files.ts";
import { passOnSignals } from "./deno_signals.ts";

const SIGPIPE = 13;
const SIG_DFL = 0n;
const SIG_IGN = 1n;

let successors = 0;

/** Whether a program has taken our place: it is to decide what an interrupt does. */
export const hasSuccessor = (): boolean => successors > 0;

/** Puts a program in our place; see `System.handOver`. */
export async function handOver(successor: Successor): Promise<number> {
  const { path, argv: [, ...args], env, filter } = successor;
  // In our own environment, so that what there is no text is handed down as well.
  for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  // One that cannot be replaced by libc fails again below, with an error that says why.
  if (!filter && Deno.build.os !== "windows") replaceUs(successor);
  successors++;
  try {
    const signals = passOnSignals();
    using _ = signals;
    let child: Deno.ChildProcess;
    try {
      const stream = filter ? "piped" : "inherit";
      child = new Deno.Command(path, { args, stdin: "inherit", stdout: stream, stderr: stream })
        .spawn();
    } catch (error) {
      throw fileError(path, error);
    }
    signals.to(child);
    const streams = filter && [
      pipe(child.stdout, filter(), Deno.stdout),
      pipe(child.stderr, filter(), Deno.stderr),
    ];
    const { code } = await child.status;
    if (streams) {
      // What the program left running may keep its output open: that is read to its end, too.
      signals.instead(() => streams.forEach(({ cancel }) => cancel()));
      await Promise.all(streams.map(({ done }) => done));
    }
    return code;
  } finally {
    successors--;
  }
}

/**
 * Becomes the program by execvp(3), so that signals, job control, the terminal and the exit
 * status are its own, and nothing of ours stays in memory. Returns only where that cannot be.
 */
function replaceUs({ path, argv }: Successor): void {
  const encoder = new TextEncoder();
  const text = (value: string) => encoder.encode(`${value}\0`);
  const texts = argv.map(text);
  const pointers = new BigUint64Array(texts.length + 1); // ends with a null pointer
  try {
    using libc = Deno.dlopen(
      Deno.build.os === "darwin" ? "/usr/lib/libSystem.B.dylib" : "libc.so.6",
      {
        execvp: { parameters: ["buffer", "buffer"], result: "i32" },
        signal: { parameters: ["i32", "usize"], result: "usize" },
      },
    );
    texts.forEach((bytes, at) => {
      pointers[at] = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
    });
    const { execvp, signal } = libc.symbols;
    signal(SIGPIPE, SIG_DFL); // Deno ignores it, and that would be inherited
    execvp(text(path), pointers);
    signal(SIGPIPE, SIG_IGN);
  } catch {
    // No such libc (musl): a child in our place does as well.
  }
}

/** Copies a stream through a filter, at the pace of its reader. */
function pipe(
  from: ReadableStream<Uint8Array>,
  filter: { push(chunk: Uint8Array): Uint8Array; end(): Uint8Array },
  to: typeof Deno.stdout,
): { readonly done: Promise<void>; cancel(): void } {
  const reader = from.getReader();
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
  };
  const copy = async () => {
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        await write(filter.push(part.value));
      }
      await write(filter.end());
    } catch (error) {
      // Our reader has gone: the program is to find its own pipe broken.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    } finally {
      await reader.cancel();
    }
  };
  return { done: copy(), cancel: () => void reader.cancel() };
}
