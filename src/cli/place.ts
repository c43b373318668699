import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** Where words lead in the command tree. */
export interface Place {
  readonly command: CommandUnknownOpts;
  /** How many of the command's own arguments there are. */
  readonly position: number;
  /** The option whose value has to come next. */
  readonly pending: Option | undefined;
  /** The values that options were given. */
  readonly values: ReadonlyMap<Option, string>;
}

/** Follows words, as far as they make sense, without running or refusing anything. */
export function placeOf(program: CommandUnknownOpts, words: readonly string[]): Place {
  let command = program;
  let position = 0;
  let pending: Option | undefined;
  let onlyArguments = false;
  const values = new Map<Option, string>();
  for (const word of words) {
    if (pending) {
      values.set(pending, word);
      pending = undefined;
    } else if (!onlyArguments && word === "--") {
      onlyArguments = true;
    } else if (!onlyArguments && word.startsWith("-")) {
      const { option, value } = readOption(command, word);
      if (value !== undefined && option) values.set(option, value);
      else pending = option && takesValue(option) ? option : undefined;
    } else {
      const next = position === 0 ? findCommand(command, word) : undefined;
      if (next) command = next;
      else position++;
    }
  }
  return { command, position, pending, values };
}

/** The option that a word names, and the value behind its `=` or its letter. */
export function readOption(
  command: CommandUnknownOpts,
  word: string,
): { option: Option | undefined; value: string | undefined } {
  const [flag = "", value] = word.startsWith("--")
    ? word.split(/=(.*)/s, 2)
    : [word.slice(0, 2), word.slice(2) || undefined];
  const named = (option: Option) => option.long === flag || option.short === flag;
  return { option: optionsOf(command).find(named), value };
}

/** The options of a command: its own, and those of all it is below. */
function optionsOf(command: CommandUnknownOpts): Option[] {
  return [...command.options, ...command.parent ? optionsOf(command.parent) : []];
}

const takesValue = (option: Option): boolean => option.required || option.optional;

const findCommand = (command: CommandUnknownOpts, name: string) =>
  command.commands.find((child) => child.name() === name || child.aliases().includes(name));
