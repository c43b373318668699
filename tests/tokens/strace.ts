/** Whether processes can be traced here: strace is there, and may attach to what we started. */
export const canTrace = Deno.build.os === "linux" && await tryTrace();

async function tryTrace(): Promise<boolean> {
  try {
    const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
    try {
      const tracer = await attach(child.pid, ["-e", "trace=none"]);
      tracer.kill();
      return true;
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  } catch {
    return false;
  }
}

/** A strace that is attached to a process. It ends with the process. */
export interface Tracer {
  readonly ended: Promise<unknown>;
  kill(): void;
}

/** Attaches strace to a process and all its threads; resolves once it is. */
export async function attach(pid: number, args: readonly string[]): Promise<Tracer> {
  const child = new Deno.Command("strace", {
    args: ["-f", ...args, "-p", String(pid)],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const attached = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      if (/Process \d+ attached/.test(log)) attached.resolve();
    }
    attached.reject(new Error(`strace ended: ${log}`));
  })();
  const ended = Promise.all([reading, child.status]);
  await attached.promise;
  return { ended, kill: () => child.kill("SIGKILL") };
}

/** Arguments that kill the traced process as it enters `syscall` on `path`. */
export const killAt = (syscall: string, path: string): string[] => [
  "-P",
  path,
  "-e",
  `trace=${syscall}`,
  "-e",
  `inject=${syscall}:signal=SIGKILL`,
];
