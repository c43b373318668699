import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { findProgram } from "../programs.ts";
import type { System } from "../system.ts";
import { readOption } from "./place.ts";

/** A command line that another program is to run. */
export interface PluginCall {
  /** The program `vantage-NAME`. */
  readonly path: string;
  /** Our own options, which stand before the name. */
  readonly options: readonly string[];
  /** What stands behind the name, for the program. */
  readonly args: readonly string[];
}

const NAME = /^[a-z0-9][a-z0-9_-]*$/i;

/**
 * The program `vantage-NAME` on PATH that the command line means, undefined where it names a
 * command of ours or no such program.
 */
export async function findPlugin(
  program: CommandUnknownOpts,
  system: Pick<System, "args" | "env" | "files" | "platform">,
): Promise<PluginCall | undefined> {
  const { args } = system;
  const at = commandIndex(program, args);
  const name = args[at];
  if (name === undefined || !NAME.test(name) || isOwn(program, name)) return undefined;
  const path = await findProgram(system, `vantage-${name}`);
  if (path === undefined) return undefined;
  return { path, options: args.slice(0, at), args: args.slice(at + 1) };
}

/** Where the command's name stands; -1 where there is none. */
export function commandIndex(program: CommandUnknownOpts, args: readonly string[]): number {
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (!word.startsWith("-")) return at;
    if (word === "--") return -1;
    if (takesNext(program, word)) at++;
  }
  return -1;
}

/** Whether the word behind an option is its value. `-vp prod` is `-v -p prod`. */
function takesNext(program: CommandUnknownOpts, word: string): boolean {
  const { option, value } = readOption(program, word);
  if (option?.required) return value === undefined;
  return !word.startsWith("--") && value !== undefined && takesNext(program, `-${value}`);
}

/** The names of the program's commands, those that are not shown too. */
export const ownNames = (program: CommandUnknownOpts): string[] => [
  "help",
  ...program.commands.flatMap((command) => [command.name(), ...command.aliases()]),
];

export const isOwn = (program: CommandUnknownOpts, name: string) =>
  ownNames(program).includes(name);
