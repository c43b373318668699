const windows = Deno.build.os === "windows";

/** Signals that are passed on. On Windows the console tells every process in it by itself. */
const PASSED_ON: readonly Deno.Signal[] = windows
  ? []
  : ["SIGHUP", "SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH", "SIGTSTP"];

/**
 * What the shell of a job in the background may have us ignore. Listening would undo that, and
 * the program is to inherit it: so it begins when the program has started. Of SIGHUP (`nohup`),
 * SIGINT and SIGTERM Deno undoes it by itself.
 */
const PASSED_ON_LATER: readonly Deno.Signal[] = windows ? [] : ["SIGQUIT"];

/**
 * What the terminal's driver, or a shell for it, sends to the whole foreground group, so that the
 * program has got it already: Ctrl-C, Ctrl-\\, Ctrl-Z, a new size, and the end of a stop.
 */
const FROM_TERMINAL: readonly Deno.Signal[] = [
  "SIGINT",
  "SIGQUIT",
  "SIGTSTP",
  "SIGWINCH",
  "SIGCONT",
];

/** These end what is left once the program itself has ended. */
const ENDING: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Listens from its making on, and passes on each signal that is sent to us alone. */
export class PassedSignals implements Disposable {
  /** What a signal to end does once the program has ended. */
  onEnding: (() => void) | undefined;
  #child: Deno.ChildProcess | undefined;
  readonly #early: Deno.Signal[] = [];
  readonly #listeners: [Deno.Signal, () => void][] = [];
  readonly #atTerminal = [Deno.stdin, Deno.stdout, Deno.stderr]
    .some((stream) => stream.isTerminal());

  constructor() {
    for (const signal of PASSED_ON) this.#listen(signal);
  }

  passTo(child: Deno.ChildProcess): void {
    this.#child = child;
    for (const signal of PASSED_ON_LATER) this.#listen(signal);
    for (const signal of this.#early) this.#pass(signal);
  }

  #listen(signal: Deno.Signal): void {
    if (this.#atTerminal && FROM_TERMINAL.includes(signal) && !ENDING.includes(signal)) {
      // What it does by itself is right: for SIGTSTP, that we stop as the program does.
      if (signal !== "SIGQUIT") return;
    }
    const listener = () => this.#pass(signal);
    Deno.addSignalListener(signal, listener);
    this.#listeners.push([signal, listener]);
  }

  #pass(signal: Deno.Signal): void {
    if (this.onEnding) {
      if (ENDING.includes(signal)) this.onEnding();
    } else if (!this.#child) {
      this.#early.push(signal);
    } else {
      const fromTerminal = this.#atTerminal && FROM_TERMINAL.includes(signal) && isForeground();
      if (!fromTerminal) kill(this.#child, signal);
      if (signal === "SIGTSTP") Deno.kill(Deno.pid, "SIGSTOP"); // as without a listener
    }
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}

/** Whether the terminal's keys reach us. A program reads that, because Deno keeps /proc from us. */
function isForeground(): boolean {
  try {
    const { stdout } = new Deno.Command("cat", {
      args: [`/proc/${Deno.pid}/stat`],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    const stat = new TextDecoder().decode(stdout);
    // proc(5), behind the name in parentheses: state, parent, group, session, terminal, foreground
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground; // both undefined where there is no /proc
  } catch {
    return true;
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // it has ended by itself
  }
}
