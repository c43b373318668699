import type { Input, Output } from "../system.ts";

/** Standard input, by Deno. */
export function standardInput(): Input {
  return {
    get isTerminal() {
      return Deno.stdin.isTerminal();
    },
    async *lines(signal) {
      const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
      const ended = new Promise<{ done: true; value: undefined }>((resolve) => {
        signal.addEventListener("abort", () => resolve({ done: true, value: undefined }), {
          once: true,
        });
      });
      let rest = "";
      while (!signal.aborted) {
        const { done, value } = await Promise.race([reader.read(), ended]);
        if (done) break;
        const parts = (rest + value).split(/\r?\n/);
        rest = parts.pop() ?? "";
        yield* parts;
      }
      if (rest && !signal.aborted) yield rest;
    },
    async readAll() {
      return await new Response(Deno.stdin.readable).text();
    },
    async readSecret() {
      if (!Deno.stdin.isTerminal()) {
        return (await new Response(Deno.stdin.readable).text()).split(/\r?\n/)[0];
      }
      // cbreak leaves Ctrl-C to the kernel, so an interrupt works as everywhere else.
      Deno.stdin.setRaw(true, { cbreak: true });
      try {
        return await readUnechoedLine();
      } finally {
        Deno.stdin.setRaw(false);
      }
    },
  };
}

async function readUnechoedLine(): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(1024);
  let line = "";
  while (true) {
    const n = await Deno.stdin.read(chunk);
    if (n === null) return line || undefined;
    for (const char of decoder.decode(chunk.subarray(0, n), { stream: true })) {
      if (char === "\r" || char === "\n") return line;
      if (char === "\x04") return line || undefined;
      line = char === "\x7f" || char === "\b" ? line.slice(0, -1) : line + char;
    }
  }
}

/** Standard output, by Deno. */
export const standardOutput = (): Output => output(Deno.stdout);

/** Standard error, by Deno. */
export const standardError = (): Output => output(Deno.stderr);

function output(stream: typeof Deno.stdout | typeof Deno.stderr): Output {
  const encoder = new TextEncoder();
  return {
    get isTerminal() {
      return stream.isTerminal();
    },
    columns() {
      if (!stream.isTerminal()) return undefined;
      try {
        return Deno.consoleSize().columns;
      } catch {
        return undefined; // neither stdin, stdout nor stderr has a size
      }
    },
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
      } catch (error) {
        // The reader has gone (`vantage status | head -1`): nobody is left to tell.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
  };
}
