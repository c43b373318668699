import { Argument, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { CallOptions } from "../commands/api.ts";
import type { OutputOptions } from "../commands/api_output.ts";
import type {
  Json,
  SavedCall,
  SavedCommand,
  SavedCommands,
  SavedParameter,
} from "../config/command_types.ts";
import { command, type Group } from "./command.ts";
import { addOutputOptions } from "./output_options.ts";
import { isOwn } from "./plugin.ts";
import { readValue } from "./saved_values.ts";

/** Takes the call that the arguments name, with the values of its arguments and options. */
export type Start = (
  call: SavedCall,
  values: Readonly<Record<string, Json>>,
  output: OutputOptions & CallOptions,
) => void;

/** The whole tree, which commands can be added to. */
export type Program = Group & CommandUnknownOpts;

const HEADING = "Saved calls:";

const named = new WeakSet<object>();

/** Whether an argument has a name that a person chose: it says nothing of the values it takes. */
export const isNamedByPerson = (argument: object): boolean => named.has(argument);

/**
 * Adds saved calls to the program, below a heading of their own. A command of vantage itself stays
 * what it is: `vantage config check` tells of the call that cannot be reached.
 */
export function addCommands(
  program: Program,
  commands: SavedCommands,
  start: Start,
): void {
  for (const [name, saved] of commands) {
    if (!isOwn(program, name)) addCommand(program, name, saved, start).helpGroup(HEADING);
  }
}

function addCommand(
  parent: Group,
  name: string,
  saved: SavedCommand,
  start: Start,
): CommandUnknownOpts {
  if (saved.kind === "call") return addCall(parent, name, saved, start);
  const group = parent.command(name).description(saved.description).helpCommand(false);
  for (const [below, command] of saved.commands) addCommand(group, below, command, start);
  return group;
}

function addCall(parent: Group, name: string, call: SavedCall, start: Start): CommandUnknownOpts {
  const added = call.example === undefined
    ? parent.command(name).description(call.description)
    : command(parent, name, call.description, call.example);
  for (const parameter of call.arguments) added.addArgument(argument(parameter));
  const options = call.options.map((parameter) => [parameter.name, option(parameter)] as const);
  for (const [, option] of options) added.addOption(option);
  if (call.paginate) added.option("--slurp", "print one array of all pages");
  const output = addOutputOptions(added);
  added.action(() => {
    const flags = new Map<string, unknown>(Object.entries(output()));
    const values = call.arguments.map(({ name }, at): [string, unknown] => [
      name,
      added.processedArgs.at(at),
    ]);
    for (const [name, option] of options) {
      values.push([name, flags.get(option.attributeName())]);
      flags.delete(option.attributeName());
    }
    const told = values.filter(([, value]) => value !== undefined) as [string, Json][];
    start(call, Object.fromEntries(told), Object.fromEntries(flags));
  });
  return added;
}

function argument(parameter: SavedParameter): Argument {
  const { name, description, required, type } = parameter;
  const made = new Argument(required ? `<${name}>` : `[${name}]`, description);
  const choices = parameter.choices ?? (type === "boolean" ? ["true", "false"] : undefined);
  if (choices) made.choices(choices.map(String));
  named.add(made);
  return made.default(parameter.default).argParser((text) => readValue(text, parameter));
}

const PLACEHOLDERS = { string: "value", integer: "integer", number: "number", json: "json" };

function option(parameter: SavedParameter): Option {
  const { flag = "", required, type, choices } = parameter;
  const description = `${parameter.description}${required ? " (required)" : ""}`.trimStart();
  if (type === "boolean") {
    const made = new Option(flag, description);
    return parameter.default === false ? made.default(false) : made;
  }
  const made = new Option(`${flag} <${PLACEHOLDERS[type]}>`, description);
  if (choices) made.choices(choices.map(String));
  return made.default(parameter.default).makeOptionMandatory(required)
    .argParser((text) => readValue(text, parameter));
}
