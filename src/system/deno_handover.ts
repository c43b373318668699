import type { HandOverOptions, StreamFilter } from "../system.ts";
import { ProgramError } from "../system.ts";

/** Signals that are passed on; Windows knows none of them but Ctrl-C, which reaches all by itself. */
const PASSED_ON: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH"];

/**
 * What the terminal's driver sends to the whole foreground group, so that the program has got it
 * already: Ctrl-C, Ctrl-\, a new size, and what a shell wakes a job up with.
 */
const FROM_TERMINAL: readonly Deno.Signal[] = ["SIGINT", "SIGQUIT", "SIGWINCH", "SIGCONT"];

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
    using _signals = ignoreCtrlBreak();
    try {
      const child = spawn(program, args, env, filter ? "piped" : "inherit");
      // After the start: a signal that `nohup` has us ignore is one that the program ignores too.
      using _passedOn = passOn(child);
      const copies = filter
        ? [copy(child.stdout, Deno.stdout, filter()), copy(child.stderr, Deno.stderr, filter())]
        : [];
      const [{ code }] = await Promise.all([child.status, ...copies]);
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

/** Passes on each signal that is sent to us alone. */
function passOn(child: Deno.ChildProcess): Disposable {
  const atTerminal = [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  const listeners = PASSED_ON.map((signal) => {
    const listener = () => {
      if (atTerminal && FROM_TERMINAL.includes(signal)) return;
      try {
        child.kill(signal);
      } catch {
        // it has ended by itself
      }
    };
    Deno.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/** On Windows the console sends Ctrl-C and Ctrl-Break to all; who does not listen, dies. */
function ignoreCtrlBreak(): Disposable {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : [];
  const ignore = () => {};
  for (const signal of signals) Deno.addSignalListener(signal, ignore);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, ignore);
    },
  };
}

/** Copies a stream to one of ours, no faster than it is read. */
async function copy(
  from: ReadableStream<Uint8Array>,
  to: typeof Deno.stdout | typeof Deno.stderr,
  filter: StreamFilter,
): Promise<void> {
  try {
    for await (const bytes of from) await writeAll(to, filter.push(bytes));
    await writeAll(to, filter.end());
  } catch (error) {
    // Our reader has gone. The stream is closed by now, which tells the program as it told us.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function writeAll(
  to: typeof Deno.stdout | typeof Deno.stderr,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
