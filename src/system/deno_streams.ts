import type { Input, Output } from "../system.ts";
import { fileError } from "./deno_files.ts";

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";
/** What ends a prompt, or is not part of any answer. */
// deno-lint-ignore no-control-regex -- control characters are the subject
const CONTROL = /[\x00-\x1f]/;

/**
 * Standard input, by Deno. What one reader leaves is there for the next one. `interrupt` is
 * called for a Ctrl-C that the platform hands over as a character.
 */
export function standardInput(interrupt: () => void): Input {
  const decoder = new TextDecoder();
  let pending: Promise<string | undefined> | undefined;
  let rest = "";

  async function read(): Promise<string | undefined> {
    const chunk = new Uint8Array(16 * 1024);
    const n = await Deno.stdin.read(chunk);
    return n === null ? undefined : decoder.decode(chunk.subarray(0, n), { stream: true });
  }

  /** More of the input; undefined at its end, or once `signal` aborts. */
  async function more(signal?: AbortSignal): Promise<string | undefined> {
    if (signal?.aborted) return undefined;
    // A read cannot be called off: one that nobody waits for any more serves the next caller.
    const reading = pending ??= read();
    const text = signal ? await Promise.race([reading, aborted(signal)]) : await reading;
    if (signal?.aborted) return undefined;
    pending = undefined;
    return text;
  }

  async function* lines(signal?: AbortSignal): AsyncGenerator<string> {
    while (true) {
      for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n")) {
        const line = rest.slice(0, end).replace(/\r$/, "");
        rest = rest.slice(end + 1);
        yield line;
        if (signal?.aborted) return;
      }
      const text = await more(signal);
      if (text === undefined) break;
      rest += text;
    }
    if (signal?.aborted || rest === "") return;
    const last = rest;
    rest = "";
    yield last;
  }

  async function readUnechoed(signal?: AbortSignal): Promise<string | undefined> {
    const line: string[] = [];
    while (true) {
      const text = rest || await more(signal);
      if (text === undefined) return line.join("") || undefined;
      const characters = [...text];
      rest = "";
      for (const [at, character] of characters.entries()) {
        if (character === "\r" || character === "\n" || character === CTRL_D) {
          rest = characters.slice(at + 1).join("");
          return character === CTRL_D && line.length === 0 ? undefined : line.join("");
        }
        if (character === CTRL_C) interrupt();
        else if (character === CTRL_U) line.length = 0;
        else if (character === "\x7f" || character === "\b") line.pop();
        else if (!CONTROL.test(character)) line.push(character);
      }
    }
  }

  return {
    get isTerminal() {
      return Deno.stdin.isTerminal();
    },
    lines,
    async readAll() {
      const parts = [rest];
      rest = "";
      for (let text = await more(); text !== undefined; text = await more()) parts.push(text);
      return parts.join("");
    },
    bytes: () => Deno.stdin.readable,
    async readSecret({ signal, onReady } = {}) {
      if (!Deno.stdin.isTerminal()) {
        onReady?.();
        return (await lines(signal).next()).value ?? undefined;
      }
      // cbreak leaves Ctrl-C to the kernel, so an interrupt works as everywhere else. Windows has none.
      Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
      try {
        onReady?.();
        return await readUnechoed(signal);
      } finally {
        Deno.stdin.setRaw(false);
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(undefined), { once: true })
  );
}

/** Standard output or standard error, by Deno. */
export function standardOutput(stream: typeof Deno.stdout | typeof Deno.stderr): Output {
  const encoder = new TextEncoder();
  let closed = false;
  // The reader has gone (`vantage status | head -1`): nobody is left to tell.
  const noteGone = (error: unknown) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw fileError("the output", error);
    closed = true;
  };
  return {
    get isTerminal() {
      return stream.isTerminal();
    },
    get closed() {
      return closed;
    },
    columns() {
      if (!stream.isTerminal()) return undefined;
      try {
        return Deno.consoleSize().columns || undefined; // 0 on a terminal that nobody has sized
      } catch {
        return undefined; // neither stdin, stdout nor stderr has a size
      }
    },
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
      } catch (error) {
        noteGone(error);
      }
    },
    async writeBytes(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
      } catch (error) {
        noteGone(error);
      }
    },
  };
}
