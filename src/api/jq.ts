import { VantageError } from "../errors.ts";

/** A jq program, compiled when it is first used. */
export interface Jq {
  /** Throws `jq_invalid`, before there is anything to run it on. */
  check(): Promise<void>;
  /** Its results for a JSON text, a line each unless `indent`. Throws `jq_invalid`, `jq_failed`. */
  run(text: string, options: { raw: boolean; indent: boolean }): Promise<string>;
}

/** Exit statuses of jq 1.7 and later: 3 is a program that does not compile. */
const COMPILE_ERROR = 3;

/** jq itself, as WebAssembly: it sees its input, and neither files nor the environment. */
export function jq(expression: string): Jq {
  return {
    async check() {
      const { raw: run } = await import("jq-wasm/inline");
      // Compiled, and not run. The line end is for a comment, the program alone for its message.
      const { exitCode } = await run(null, `empty | (${expression}\n)`, []);
      if (exitCode === COMPILE_ERROR) await this.run("null", { raw: false, indent: false });
    },
    async run(text, { raw, indent }) {
      const { raw: run } = await import("jq-wasm/inline");
      // What begins with a dash would be an option of jq's command line.
      const program = expression.startsWith("-") ? ` ${expression}` : expression;
      const flags = [...raw ? ["-r"] : [], ...indent ? [] : ["-c"]];
      const { stdout, stderr, exitCode } = await run(text, program, flags);
      if (exitCode === COMPILE_ERROR) {
        throw new VantageError("jq_invalid", "Cannot compile the jq expression", {
          excerpt: stderr.replace(/^jq: error: /, "").replace(/\njq: \d+ compile errors?$/, ""),
          hint: "Correct the expression; https://jqlang.org/manual lists the language",
        });
      }
      if (stderr !== "" && exitCode !== 0) {
        const reason = stderr.replace(/^jq: error \(at [^)]*\):? ?/, "");
        throw new VantageError("jq_failed", `The jq expression fails: ${reason}`, {
          hint: "Leave out --jq to see what the API sent",
        });
      }
      return stdout;
    },
  };
}
