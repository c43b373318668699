import type { HandOverOptions, StreamFilter } from "../system.ts";
import { ProgramError } from "../system.ts";
import { PassedSignals } from "./deno_signals.ts";

/** Runs programs in our place; while one runs, signals are its business and not ours. */
export class Handover {
  /** Whether a program is in our place now. */
  active = false;

  /** See `System.handOver`. */
  async run(
    program: string,
    args: readonly string[],
    { env, filter }: HandOverOptions,
  ): Promise<number> {
    this.active = true;
    using _console = ignoreConsole();
    try {
      using signals = new PassedSignals();
      const child = spawn(program, args, env, filter ? "piped" : "inherit");
      signals.passTo(child);
      const copies = filter
        ? [copy(child.stdout, Deno.stdout, filter()), copy(child.stderr, Deno.stderr, filter())]
        : [];
      const { code } = await child.status;
      // What the program has left running may keep its output open: that is copied, too.
      signals.onEnding = () => copies.forEach(({ cancel }) => cancel());
      await Promise.all(copies.map(({ done }) => done));
      return code;
    } finally {
      this.active = false;
    }
  }
}

function spawn(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  output: "piped" | "inherit",
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      stdin: "inherit",
      stdout: output,
      stderr: output,
    }).spawn();
  } catch (error) {
    throw new ProgramError(error instanceof Deno.errors.NotFound ? "not-found" : "refused", error);
  }
}

/** On Windows the console sends Ctrl-C and Ctrl-Break to all; who does not listen, dies. */
function ignoreConsole(): Disposable {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : [];
  const ignore = () => {};
  for (const signal of signals) Deno.addSignalListener(signal, ignore);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, ignore);
    },
  };
}

/** Copies a stream to one of ours, no faster than it is read, to its end or until cancelled. */
function copy(
  from: ReadableStream<Uint8Array>,
  to: typeof Deno.stdout | typeof Deno.stderr,
  filter: StreamFilter,
): { readonly done: Promise<void>; cancel(): void } {
  const reader = from.getReader();
  const run = async () => {
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        await writeAll(to, filter.push(part.value));
      }
      await writeAll(to, filter.end());
    } catch (error) {
      // Our reader has gone: the program is to find its own pipe broken.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    } finally {
      await reader.cancel();
    }
  };
  return { done: run(), cancel: () => void reader.cancel() };
}

async function writeAll(
  to: typeof Deno.stdout | typeof Deno.stderr,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
