/** What ends, steers or stops a program. */
const SIGNALS: readonly Deno.Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTSTP",
  "SIGCONT",
  "SIGWINCH",
];

/** What a terminal, or the shell for it, sends to all processes of its foreground at once. */
const OF_TERMINAL: readonly Deno.Signal[] = [
  "SIGINT",
  "SIGQUIT",
  "SIGTSTP",
  "SIGCONT",
  "SIGWINCH",
];

/** The numbers of those that are not the same on all systems come from Linux, as `/proc` does. */
const NUMBERS: { readonly [S in Deno.Signal]?: number } = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGALRM: 14,
  SIGTSTP: 20,
  SIGCONT: 18,
  SIGWINCH: 28,
};

/** Signals on their way from us to a child. */
export interface PassedOn extends Disposable {
  /** The child that gets them, also those that came before there was one. */
  to(child: Deno.ChildProcess): void;
  /** What they do from now on, since the child has ended. */
  instead(end: () => void): void;
}

/**
 * Takes the signals we get, for a child in our process group. What a terminal sends has reached
 * it already; what was sent to us alone, it gets from us.
 */
export function passOnSignals(): PassedOn {
  const early: Deno.Signal[] = [];
  let deliver: (signal: Deno.Signal) => void = (signal) => early.push(signal);
  const onSignal = (signal: Deno.Signal) => {
    if (!(OF_TERMINAL.includes(signal) && isForeground())) deliver(signal);
    if (signal === "SIGTSTP") Deno.kill(Deno.pid, "SIGSTOP"); // as we would have, had we not listened
  };
  const ignored = ignoredSignals();
  const signals = Deno.build.os === "windows"
    ? [] // the console tells every process in it
    : SIGNALS.filter((signal) => !ignored.has(signal));
  const listeners = signals.map((signal) => [signal, () => onSignal(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    to(child) {
      deliver = (signal) => {
        try {
          child.kill(signal);
        } catch {
          // it has ended by itself
        }
      };
      early.forEach(deliver);
    },
    instead(end) {
      deliver = (signal) => {
        if (signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP") end();
      };
    },
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/** Whether we are among the processes that our terminal's keys reach. */
function isForeground(): boolean {
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    // proc(5), behind the name in parentheses: state, parent, group, session, terminal, foreground
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return terminal !== "0" && group === foreground;
  } catch {
    return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  }
}

/** What whoever started us had us ignore (`nohup`), and our child is to ignore as well. */
function ignoredSignals(): Set<Deno.Signal> {
  try {
    const [, mask = "0"] = /^SigIgn:\s+(\w+)$/m.exec(Deno.readTextFileSync("/proc/self/status")) ??
      [];
    const bits = BigInt(`0x${mask}`);
    const isSet = (number = 0) => (bits >> BigInt(number - 1) & 1n) === 1n;
    return new Set(SIGNALS.filter((signal) => isSet(NUMBERS[signal])));
  } catch {
    return new Set();
  }
}
