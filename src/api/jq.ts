import { VantageError } from "../errors.ts";

/** A jq program, compiled when it is first used. */
export interface Jq {
  /** Throws `jq_invalid`, before there is anything to run it on. */
  check(): Promise<void>;
  /**
   * Its results for a JSON text: a line each with its end, or several where `indent`. `raw`: strings
   * without quotes. Throws `jq_invalid`, `jq_failed`.
   */
  run(text: string, options: { raw: boolean; indent: boolean }): Promise<string>;
}

/** How jq ends when a program does not compile. A program may end with that status, too. */
const COMPILE_STATUS = 3;
const COMPILE_ERRORS = /\njq: \d+ compile errors?$/;

/** Runs what holds up everything else. */
export type Blocking = <T>(work: () => T) => T;

/**
 * jq itself, as WebAssembly: it sees its input, and neither files nor the environment. A program
 * may go on for ever, and nothing else happens meanwhile: `blocking` is told of it.
 */
export function jq(expression: string, blocking: Blocking = (work) => work()): Jq {
  const evaluated = (text: string, program: string, flags: string[]) =>
    evaluate(text, program, flags, blocking);
  return {
    async check() {
      // Compiled, and not run. The line end is for a comment, the program alone for its message.
      const { exitCode } = await evaluated("null", `empty | (${expression}\n)`, []);
      if (exitCode === COMPILE_STATUS) await this.run("null", { raw: false, indent: false });
    },
    async run(text, { raw, indent }) {
      // What begins with a dash would be an option of jq's command line.
      const program = expression.startsWith("-") ? ` ${expression}` : expression;
      const { stdout, stderr, exitCode } = await evaluated(text, program, indent ? [] : ["-c"]);
      if (exitCode === COMPILE_STATUS && COMPILE_ERRORS.test(stderr)) {
        throw new VantageError("jq_invalid", "Cannot compile the jq expression", {
          excerpt: stderr.replace(/^jq: error: /, "").replace(COMPILE_ERRORS, ""),
          hint: "Correct the expression; https://jqlang.org/manual lists the language",
        });
      }
      if (stderr !== "" && exitCode !== 0) {
        throw failure(stderr.replace(/^jq: (?:error \(at [^)]*\):? ?)?/, ""));
      }
      // Not jq's own --raw-output, because of that the library would trim the spaces.
      return stdout && `${raw ? stdout.split("\n").map(rawLine).join("\n") : stdout}\n`;
    },
  };
}

/** A line of jq's output, and where that is a string, the string. Inner ones are indented. */
const rawLine = (line: string) => line.startsWith('"') ? JSON.parse(line) as string : line;

async function evaluate(text: string, program: string, flags: string[], blocking: Blocking) {
  const jq = await (await import("jq-wasm/inline")).loadJq();
  try {
    return blocking(() => jq.raw(text, program, flags));
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw failure("it takes more memory than there is");
  }
}

const failure = (reason: string) =>
  new VantageError("jq_failed", `The jq expression fails: ${reason}`, {
    hint: "Leave out --jq to see what the API sent",
  });
