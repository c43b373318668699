import { parse, TomlError } from "smol-toml";
import type { Files } from "../system.ts";
import type { Problem } from "./problem.ts";
import { problemsError } from "./problem.ts";
import type { ConfigTables } from "./schema.ts";
import { checkTables } from "./schema.ts";
import { readText } from "./text_file.ts";

/** The settings file, read and checked. */
export interface Config extends ConfigTables {
  readonly path: string;
  /** The file's text, "" where there is no file: lines are looked up in it. */
  readonly text: string;
}

/** A text as settings: the settings as far as they make sense, and all that is wrong. */
export interface Inspection {
  readonly config: Config;
  readonly problems: readonly Problem[];
}

/**
 * Reads the settings file; one that is missing holds nothing. Throws `config_unreadable`,
 * `config_invalid` and `config_secret`.
 */
export async function loadConfig(files: Files, path: string): Promise<Config> {
  return await checkedConfig(await readText(files, path) ?? "", path);
}

/** The settings that `text` holds. Throws `config_invalid` and `config_secret`. */
export async function checkedConfig(text: string, path: string): Promise<Config> {
  const { config, problems } = await inspectConfig(text, path);
  if (problems.length > 0) throw problemsError(path, problems);
  return config;
}

/** Checks settings and finds all that is wrong with them, with lines, in the file's order. */
export async function inspectConfig(text: string, path: string): Promise<Inspection> {
  const { root, problem } = parseToml(text);
  const { tables, problems } = await checkTables(root);
  const config = { ...tables, path, text };
  if (problem) return { config, problems: [problem] };
  if (problems.length === 0) return { config, problems };
  const { locateProblems } = await import("./locate.ts");
  return { config, problems: await locateProblems(text, problems) };
}

/** A TOML text as a table; an empty one, and what is wrong, where it is no TOML. */
export function parseToml(
  text: string,
): { root: Record<string, unknown>; problem: Problem | undefined } {
  try {
    return { root: parse(text), problem: undefined };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { root: {}, problem: syntaxProblem(error) };
  }
}

function syntaxProblem(error: TomlError): Problem {
  // The lines after the first quote the file, which may hold a secret there.
  const reason = error.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /, "");
  return {
    code: "config_invalid",
    keys: [],
    message: `Cannot parse TOML: ${reason}`,
    line: error.line,
    column: error.column,
  };
}
