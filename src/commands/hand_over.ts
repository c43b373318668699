import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import type { HandOverOptions } from "../system.ts";
import { ProgramError } from "../system.ts";

/** What is left of a command that handed over to a program. */
export interface HandOverResult {
  /** The program's exit status. */
  readonly status: number;
}

/**
 * Runs a program as if it were us (`System.handOver`). Throws `command_not_found` and
 * `command_refused`.
 */
export async function handOver(
  { system, interrupted }: Pick<App, "system" | "interrupted">,
  program: string,
  args: readonly string[],
  options: HandOverOptions,
): Promise<HandOverResult> {
  interrupted.throwIfAborted();
  try {
    return { status: await system.handOver(program, args, options) };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.kind === "not-found") {
      throw new VantageError("command_not_found", `Cannot find the program '${program}'`, {
        hint: "Check its name and PATH; a shell's own commands need a shell: sh -c '…'",
      });
    }
    throw new VantageError("command_refused", `Cannot execute '${program}'`, {
      cause: error,
      hint: "Check that it is a program and that you may execute it",
    });
  }
}
