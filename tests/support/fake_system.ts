import { run } from "../../src/cli.ts";
import { VantageError } from "../../src/errors.ts";
import type { Clock, Input, Output, SecretReading, System } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";
import type { Result } from "./vantage.ts";

export interface FakeOptions {
  readonly args?: readonly string[];
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: System["platform"];
  readonly cwd?: string;
  /** Which streams are a terminal; none unless told. */
  readonly terminals?: readonly ("stdin" | "stdout" | "stderr")[];
  /** The terminal's width; 80 unless told. */
  readonly columns?: number;
  readonly clock?: Clock;
  /** Whether a program that is launched is there; every one is unless told. */
  readonly hasProgram?: (program: string) => boolean;
  /** The part of the world to put in the place of the real one. */
  readonly overrides?: Partial<System>;
}

/** A program that was launched. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
}

/** The real files, network and sockets with a made-up person, terminal and clock around them. */
export interface FakeSystem {
  readonly system: System;
  readonly launches: readonly Launch[];
  readonly stdout: Captured;
  readonly stderr: Captured;
  /** Types at the terminal: whole lines, without their end. */
  type(line: string): void;
  /** Ends stdin. */
  endInput(): void;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** Runs the command line as `main.ts` does. */
  run(): Promise<Result>;
}

export function fakeSystem(options: FakeOptions = {}): FakeSystem {
  const { args = [], env = {}, terminals = [], columns = 80 } = options;
  const real = denoSystem();
  const stdin = new Typed(terminals.includes("stdin"));
  const stdout = new Captured(terminals.includes("stdout"), columns);
  const stderr = new Captured(terminals.includes("stderr"), columns);
  const launches: Launch[] = [];
  const interruption = new AbortController();
  const system: System = {
    ...real,
    args,
    platform: options.platform ?? real.platform,
    env: (name) => env[name] || undefined,
    cwd: () => options.cwd ?? real.cwd(),
    stdin,
    stdout,
    stderr,
    clock: options.clock ?? real.clock,
    launch(program, args) {
      const started = options.hasProgram?.(program) ?? true;
      if (started) launches.push({ program, args });
      return Promise.resolve(started);
    },
    onInterrupt: () => ({ [Symbol.dispose]() {} }),
    ...options.overrides,
  };
  return {
    system,
    launches,
    stdout,
    stderr,
    type: (line) => stdin.type(line),
    endInput: () => stdin.end(),
    interrupt: () => interruption.abort(new VantageError("interrupted", "Interrupted")),
    async run() {
      const status = await run(system, interruption.signal);
      stderr.end();
      return { status, stdout: stdout.text, stderr: stderr.text };
    },
  };
}

/** What was written, with the means to wait for it. */
export class Captured implements Output {
  text = "";
  /** Set it as if the reader of a pipe went away. */
  closed = false;
  #ended = false;
  #heard = Promise.withResolvers<void>();

  constructor(readonly isTerminal: boolean, readonly width: number) {}

  columns(): number | undefined {
    return this.isTerminal ? this.width : undefined;
  }

  write(text: string): void {
    this.text += text;
    this.#wake();
  }

  writeBytes(bytes: Uint8Array): Promise<void> {
    this.write(new TextDecoder().decode(bytes));
    return Promise.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Waits for a match. Fails when the command ends without it. */
  async line(pattern: RegExp): Promise<RegExpMatchArray> {
    while (true) {
      const match = this.text.match(pattern);
      if (match) return match;
      if (this.#ended) throw new Error(`The command ended without ${pattern}:\n${this.text}`);
      await this.#heard.promise;
    }
  }

  #wake(): void {
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

/** A stdin whose lines come when the test types them. */
class Typed implements Input {
  readonly #lines: string[] = [];
  #ended = false;
  #news = Promise.withResolvers<void>();

  constructor(readonly isTerminal: boolean) {}

  type(line: string): void {
    this.#lines.push(line);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *lines(signal: AbortSignal): AsyncGenerator<string> {
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        const line = this.#lines.shift();
        if (line !== undefined) yield line;
        else if (this.#ended) return;
        else await this.#news.promise;
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  async readAll(): Promise<string> {
    return (await Array.fromAsync(this.lines(new AbortController().signal)))
      .map((line) => line + "\n").join("");
  }

  bytes(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return ReadableStream.from(this.lines(new AbortController().signal))
      .pipeThrough(
        new TransformStream<string, Uint8Array<ArrayBuffer>>({
          transform: (line, out) => out.enqueue(new TextEncoder().encode(line + "\n")),
        }),
      );
  }

  async readSecret({ signal, onReady }: SecretReading = {}): Promise<string | undefined> {
    onReady?.();
    for await (const line of this.lines(signal ?? new AbortController().signal)) return line;
    return undefined;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
