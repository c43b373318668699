import * as v from "valibot";
import { CALL_KEYS, checkCall, isCall } from "./command_call.ts";
import { unknownKey } from "./command_problems.ts";
import type { SavedCommand, SavedCommands } from "./command_types.ts";
import { oneLine } from "./command_values.ts";
import type { Problem } from "./problem.ts";
import type { Table } from "./table_problems.ts";
import { invalid, isTable } from "./table_problems.ts";
import { filePath } from "./values.ts";

/** How many words a command may have. */
const MOST_LEVELS = 4;

/** What a person can type without quotes, and what is no option. */
const NAME = /^[a-z][a-z0-9-]*$/i;

/** Checks [commands]. What is wrong with a command leaves it, and the others, as far as they go. */
export function checkCommands(value: unknown, problems: Problem[]): SavedCommands {
  if (isTable(value)) return commandsBelow(Object.entries(value), ["commands"], problems);
  problems.push(invalid(["commands"], "must be a table of commands"));
  return new Map();
}

/** Checks `command_files`: paths as they are written. */
export function checkCommandFiles(value: unknown, problems: Problem[]): readonly string[] {
  const must = "must be an array of paths of files";
  const result = v.safeParse(v.array(filePath, must), value);
  if (result.success) return result.output;
  problems.push(invalid(["command_files"], must));
  return [];
}

function commandsBelow(
  entries: readonly [name: string, table: unknown][],
  at: readonly string[],
  problems: Problem[],
): SavedCommands {
  const commands = new Map<string, SavedCommand>();
  for (const [name, table] of entries) {
    const keys = [...at, name];
    if (!NAME.test(name)) {
      const must = "must have a name of letters, digits and '-' that starts with a letter";
      problems.push(invalid(keys, must));
    } else if (!isTable(table)) problems.push(invalid(keys, "must be a table"));
    else if (keys.length > MOST_LEVELS + 1) {
      problems.push(invalid(keys, `must not be more than ${MOST_LEVELS} words deep`));
    } else {
      const check = isCall(table) ? checkCall : checkGroup;
      commands.set(name, check(table, keys, problems));
    }
  }
  return commands;
}

function checkGroup(table: Table, at: readonly string[], problems: Problem[]): SavedCommand {
  const entries = Object.entries(table);
  let description = "";
  for (const [key, value] of entries) {
    if (isTable(value)) continue;
    const text = v.safeParse(oneLine, value);
    if (key !== "description") problems.push(unknownKey([...at, key], CALL_KEYS));
    else if (text.success) description = text.output;
    else problems.push(invalid([...at, key], text.issues[0].message));
  }
  const below = entries.filter(([, value]) => isTable(value));
  if (below.length === 0) {
    problems.push(
      invalid(at, "must have a key 'graphql' or 'request', or tables of commands below it"),
    );
  }
  return { kind: "group", description, commands: commandsBelow(below, at, problems) };
}
