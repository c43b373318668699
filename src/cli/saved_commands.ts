import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { SavedCommands } from "../config/command_types.ts";
import { isVantageError } from "../errors.ts";
import type { System } from "../system.ts";
import { apiCommand } from "./api_command.ts";
import type { Choose } from "./command.ts";
import { placeOf } from "./place.ts";
import { commandIndex, isOwn } from "./plugin.ts";
import type { Program } from "./saved_tree.ts";

type SavedSystem = Pick<System, "args" | "env" | "files" | "platform" | "cwd" | "uid">;

/** What a saved call can be named: other words are not looked up. */
const NAME = /^[a-z][a-z0-9-]*$/i;

/**
 * Adds the saved calls of the settings to the program, where the arguments may mean one: they name
 * no command of vantage itself, or ask for help. Throws what the settings do where a call is to be
 * made; help does without those that cannot be read.
 */
export async function addSavedCommands(
  program: Program,
  choose: Choose,
  system: SavedSystem,
): Promise<void> {
  const { args } = system;
  const name = args[commandIndex(program, args)];
  if (name === undefined || name === "help") {
    if (!args.includes("--version")) {
      await showSavedCommands(program, system, homeIn(program, args));
    }
    return;
  }
  if (!NAME.test(name) || isOwn(program, name)) return;
  const home = homeIn(program, args);
  if (asksForHelp(args)) return await showSavedCommands(program, system, home);
  const { addCommands } = await import("./saved_tree.ts");
  addCommands(program, await load(system, home), (call, values, output) =>
    choose(async () => {
      const { savedCall } = await import("../commands/saved_call.ts");
      return await apiCommand(output, (app) => savedCall(app, call, values, output));
    }));
}

/** Adds saved calls for help and completion, as far as they can be read. Nothing runs them. */
export async function showSavedCommands(
  program: Program,
  system: SavedSystem,
  home: string | undefined,
): Promise<void> {
  const commands = await load(system, home, { lenient: true });
  if (commands.size === 0) return;
  const { addCommands } = await import("./saved_tree.ts");
  addCommands(program, commands, () => {});
}

/** What stands behind `--home`, wherever in the words. */
export const homeIn = (program: CommandUnknownOpts, words: readonly string[]): string | undefined =>
  [...placeOf(program, words).values].find(([option]) => option.long === "--home")?.[1];

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

async function load(
  system: SavedSystem,
  home: string | undefined,
  { lenient = false } = {},
): Promise<SavedCommands> {
  const { loadConfig } = await import("../config/config_file.ts");
  const { resolvePaths } = await import("../config/paths.ts");
  try {
    const config = await loadConfig(system.files, resolvePaths(system, home).config);
    if (config.commandFiles.length === 0) return config.commands;
    const { inspectCommands, loadCommands } = await import("../config/command_files.ts");
    return lenient
      ? (await inspectCommands(system, config)).commands
      : await loadCommands(system, config);
  } catch (error) {
    // Where no home is known there are no settings.
    if (isVantageError(error, "home_unknown") || lenient && isVantageError(error)) return new Map();
    throw error;
  }
}
