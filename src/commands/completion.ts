import { COMPLETION_SCRIPTS } from "./completion_scripts.ts";

export type Shell = keyof typeof COMPLETION_SCRIPTS;

export interface CompletionResult {
  readonly shell: Shell;
  readonly script: string;
}

/** `vantage completion SHELL`: the script that makes the shell ask `vantage complete` at Tab. */
export function completion(shell: Shell): CompletionResult {
  return { shell, script: COMPLETION_SCRIPTS[shell] };
}
