import { dirname } from "node:path";
import { isVantageError } from "../errors.ts";
import type { System } from "../system.ts";
import { checkCommands } from "./command_tables.ts";
import type { SavedCommand, SavedCommands } from "./command_types.ts";
import type { Config } from "./config_file.ts";
import { parseToml } from "./config_file.ts";
import { locateProblems } from "./locate.ts";
import { resolvePath } from "./paths.ts";
import type { Problem } from "./problem.ts";
import { problemsError } from "./problem.ts";
import { invalid, unknown } from "./table_problems.ts";
import { readText } from "./text_file.ts";

type FileSystem = Pick<System, "files" | "env" | "cwd" | "platform">;

/** Saved calls from all files, and what is wrong with each. */
export interface CommandsInspection {
  /** Those that make sense; of two with one name the first. */
  readonly commands: SavedCommands;
  /** By the path of the file, in the order that they are read. Files without fault are missing. */
  readonly faults: ReadonlyMap<string, readonly Problem[]>;
}

/**
 * The saved calls of the settings file and of its `command_files`. Throws `config_invalid` and
 * `config_secret` when one of those files is missing, damaged or wrong.
 */
export async function loadCommands(system: FileSystem, config: Config): Promise<SavedCommands> {
  const { commands, faults } = await inspectCommands(system, config);
  const [fault] = faults;
  if (fault) throw problemsError(...fault);
  return commands;
}

/**
 * Reads and checks all files with saved calls. `taken` are names that no call may have, since
 * vantage has commands of those names.
 */
export async function inspectCommands(
  system: FileSystem,
  config: Config,
  taken: Iterable<string> = [],
): Promise<CommandsInspection> {
  const names = new Set(taken);
  const faults = new Map<string, Problem[]>();
  const report = async (path: string, text: string, problems: Problem[]) => {
    if (problems.length === 0) return;
    faults.set(path, [...faults.get(path) ?? [], ...await locateProblems(text, problems)]);
  };
  await report(config.path, config.text, takenProblems(config.commands, names));
  let { commands } = config;
  for (const written of new Set(config.commandFiles)) {
    const file = await readFile(system, written, dirname(config.path));
    if (typeof file === "string") {
      const problem = { code: "config_invalid", keys: ["command_files"], message: file } as const;
      await report(config.path, config.text, [problem]);
      continue;
    }
    const { path, text } = file;
    const { commands: more, problems } = await readCommands(text);
    problems.push(...takenProblems(more, names));
    commands = merged(commands, more, ["commands"], problems);
    await report(path, text, problems);
  }
  return { commands, faults };
}

/** A file by its path as written, or why it cannot be read. */
async function readFile(
  system: FileSystem,
  written: string,
  base: string,
): Promise<{ path: string; text: string } | string> {
  try {
    const path = resolvePath(system, written, base);
    const text = await readText(system.files, path);
    return text === undefined
      ? `Key 'command_files' names ${path}, which does not exist`
      : { path, text };
  } catch (error) {
    if (!isVantageError(error, "config_unreadable", "home_unknown")) throw error;
    return error.message;
  }
}

/** The calls of a text that holds nothing else. */
function readCommands(text: string): { commands: SavedCommands; problems: Problem[] } {
  const { root, problem } = parseToml(text);
  const problems = problem ? [problem] : [];
  const { commands: table, ...others } = root;
  for (const key of Object.keys(others)) {
    const hint = "A file of `command_files` has [commands] and nothing else";
    problems.push({ ...unknown([key], ["commands"]), hint });
  }
  const commands: SavedCommands = table === undefined ? new Map() : checkCommands(table, problems);
  // A file that is damaged somewhere is not taken by halves.
  return { commands: problems.length === 0 ? commands : new Map(), problems };
}

/** Both, group by group. What the first has already is a problem of the second. */
function merged(
  first: SavedCommands,
  second: SavedCommands,
  at: readonly string[],
  problems: Problem[],
): SavedCommands {
  const both = new Map<string, SavedCommand>(first);
  for (const [name, command] of second) {
    const keys = [...at, name];
    const earlier = both.get(name);
    if (!earlier) both.set(name, command);
    else if (earlier.kind === "group" && command.kind === "group") {
      const commands = merged(earlier.commands, command.commands, keys, problems);
      both.set(name, { ...earlier, commands });
    } else {
      problems.push(invalid(keys, "must have another name: a file before this one has it"));
    }
  }
  return both;
}

function takenProblems(commands: SavedCommands, taken: ReadonlySet<string>): Problem[] {
  return [...commands.keys()].filter((name) => taken.has(name))
    .map((name) =>
      invalid(["commands", name], "must have another name: vantage has a command of that name")
    );
}
