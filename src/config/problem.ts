import { VantageError } from "../errors.ts";

/** One thing that is wrong with the settings file. Never holds a value of it. */
export interface Problem {
  readonly code: "config_invalid" | "config_secret";
  /** Where: the keys that lead there; none for the file as a whole. */
  readonly keys: readonly string[];
  readonly message: string;
  readonly hint?: string;
  /** Counted from 1. Undefined where no line is to blame. */
  readonly line?: number;
  /** Counted from 1, for syntax errors. */
  readonly column?: number;
}

/** `/home/a/.config/vantage/config.toml:12: Unknown key 'clent_id' in [profiles.prod]` */
export function describeProblem(path: string, problem: Problem): string {
  const place = [path, problem.line, problem.column].filter((part) => part !== undefined);
  return `${place.join(":")}: ${problem.message}`;
}

/**
 * The error that ends a command: the first problem of the file, or the secret in it, since
 * that one must not wait. `advice` ends the hint.
 */
export function problemsError(
  path: string,
  problems: readonly Problem[],
  advice?: string,
): VantageError {
  const shown = problems.find((problem) => problem.code === "config_secret") ?? problems[0];
  if (!shown) throw new RangeError("There is no problem to report");
  const others = problems.length - 1;
  const more = others === 0 ? "" : ` (and ${others} more problem${others === 1 ? "" : "s"})`;
  const list = others === 0 ? undefined : "`vantage config check` lists all problems";
  const hint = [shown.hint, advice ?? list].filter((part) => part !== undefined).join("; ");
  return new VantageError(shown.code, describeProblem(path, shown) + more, {
    hint: hint || "Correct the file with `vantage config edit`",
  });
}
