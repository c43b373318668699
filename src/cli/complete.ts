import type { Argument, CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { App } from "../app.ts";
import { completionValues } from "../commands/completion_values.ts";
import type { Candidate, Candidates } from "../render/completion.ts";
import type { Place } from "./place.ts";
import { placeOf, readOption } from "./place.ts";
import { homeIn, showSavedCommands } from "./saved_commands.ts";
import type { Program } from "./saved_tree.ts";
import { isNamedByPerson } from "./saved_tree.ts";

const NOTHING: Candidates = { words: [], paths: false };

/**
 * What the last of `words` may become. It comes behind a `:`, because some shells drop an
 * argument that is empty. Never fails: a person who presses Tab has not asked for an error.
 */
export async function complete(
  program: Program,
  words: readonly string[],
  app: App,
): Promise<Candidates> {
  const current = (words.at(-1) ?? ":").slice(1);
  const before = words.slice(0, -1);
  const home = homeIn(program, before);
  try {
    await showSavedCommands(program, app.system, home);
    const place = placeOf(program, before);
    const given = (option: string) => [...place.values].find(([{ long }]) => long === option)?.[1];
    return await candidates(place, current, (name) => completionValues(app, name, given));
  } catch {
    return NOTHING;
  }
}

type ValuesOf = (placeholder: string) => Promise<readonly string[]>;

async function candidates(
  place: Place,
  current: string,
  valuesOf: ValuesOf,
): Promise<Candidates> {
  const { command, position, pending } = place;
  if (pending) return await values(pending, current, valuesOf);
  if (current.startsWith("-")) {
    const { option, value } = readOption(command, current);
    if (!current.startsWith("--") || !option || value === undefined) {
      return starting(current, shownOptions(command).map(described));
    }
    const { words, paths } = await values(option, value, valuesOf);
    const start = current.slice(0, current.length - value.length);
    return { words: words.map((word) => ({ ...word, value: start + word.value })), paths };
  }
  const children = command.createHelp().visibleCommands(command)
    .map((child) => ({ value: child.name(), description: child.description() }));
  if (children.length > 0) return starting(current, position === 0 ? children : []);
  const known = command.registeredArguments;
  const last = known.at(-1);
  const argument = known[position] ?? (last?.variadic ? last : undefined);
  return argument ? await values(argument, current, valuesOf) : NOTHING;
}

/** The values that an option or an argument may have, as its choices or its placeholder say. */
async function values(
  of: Option | Argument,
  current: string,
  valuesOf: ValuesOf,
): Promise<Candidates> {
  const placeholder = "flags" in of ? /[<[]([^>\].]+)/.exec(of.flags)?.[1] ?? "" : of.name();
  if (isNamedByPerson(of)) return starting(current, bare(of.argChoices ?? []));
  if (placeholder === "file" || placeholder === "dir") return { words: [], paths: true };
  const words = of.argChoices ?? await valuesOf(placeholder);
  return starting(current, bare(words));
}

const bare = (words: readonly string[]): Candidate[] =>
  words.map((value) => ({ value, description: "" }));

const starting = (current: string, words: readonly Candidate[]): Candidates => ({
  words: words.filter(({ value }) => value.startsWith(current)),
  paths: false,
});

function shownOptions(command: CommandUnknownOpts): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

const described = (option: Option): Candidate => ({
  value: option.long ?? "",
  description: option.description,
});
