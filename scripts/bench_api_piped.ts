/** Programs whose output goes through a pipe, with what they need of time and memory. */
import type { Program } from "./bench_timing.ts";
import { quantile } from "./bench_timing.ts";
import { Failure } from "./script.ts";

export interface Piped extends Program {
  /** What it writes to the pipe. */
  readonly bytes: number;
  /** The file it makes, removed after each time. */
  readonly file?: { readonly path: string; readonly bytes: number };
}

export interface PipedResult {
  readonly name: string;
  readonly medianMs: number;
  /** The most memory of the program in all rounds (bytes); undefined where nothing tells. */
  readonly peakBytes: number | undefined;
}

/** Runs the programs in turns, after a turn that does not count. Throws {@link Failure}. */
export async function measurePiped(programs: readonly Piped[], rounds: number) {
  const runs = programs.map((): Run[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, program] of programs.entries()) {
      const run = await runPiped(program);
      if (round > 0) runs[at]?.push(run);
    }
  }
  return programs.map(({ name }, at): PipedResult => {
    const own = runs[at] ?? [];
    const peaks = own.flatMap(({ peakBytes }) => peakBytes ?? []);
    return {
      name,
      medianMs: quantile(own.map(({ ms }) => ms).sort((a, b) => a - b), 0.5),
      peakBytes: peaks.length > 0 ? Math.max(...peaks) : undefined,
    };
  });
}

interface Run {
  readonly ms: number;
  readonly peakBytes: number | undefined;
}

/** Tells the process's id, then is the program. `wc` reads as fast as `cat`, and tells how much. */
const PIPELINE = `sh -c 'echo $$ >&2; exec "$@"' sh "$@" | wc -c`;

async function runPiped({ name, program, args, env = {}, bytes, file }: Piped): Promise<Run> {
  const command = new Deno.Command("sh", {
    args: ["-c", PIPELINE, "sh", program, ...args],
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const started = performance.now();
  const child = command.spawn();
  const peak = new Peak();
  const told = readAll(child.stderr, (text) => peak.watch(Number(text.split("\n")[0])));
  const [count, stderr] = await Promise.all([readAll(child.stdout), told]);
  await child.status;
  const ms = performance.now() - started;
  const peakBytes = peak.end();
  const size = file && await Deno.stat(file.path).then(({ size }) => size, () => 0);
  if (Number(count) !== bytes || size !== file?.bytes) {
    throw new Failure(`'${name}' wrote ${Number(count)} bytes, not ${bytes}: ${stderr}`);
  }
  if (file) await Deno.remove(file.path);
  return { ms, peakBytes };
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (text: string) => void = () => {},
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("\n")) onLine(text);
  }
  return text;
}

/** Short beside the second that a program runs. */
const LOOK_MS = 20;

/** Looks again and again at the most memory that a process has used, which Linux keeps. */
class Peak {
  #timer: ReturnType<typeof setInterval> | undefined;
  #bytes: number | undefined;

  watch(pid: number): void {
    this.#timer ??= setInterval(() => {
      this.#bytes = peakOf(pid) ?? this.#bytes;
    }, LOOK_MS);
  }

  end(): number | undefined {
    clearInterval(this.#timer);
    return this.#bytes;
  }
}

function peakOf(pid: number): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kib = /^VmHWM:\s*(\d+)/m.exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined; // it has ended, or this is no Linux
  }
}
