import { inspectCommands } from "../../config/command_files.ts";
import { inspectConfig } from "../../config/config_file.ts";
import { readText } from "../../config/text_file.ts";
import type { SettingsApp } from "../../config/context.ts";
import type { Problem } from "../../config/problem.ts";
import { describeProblem } from "../../config/problem.ts";
import { isKnown, unknownProfile } from "../../config/profile_name.ts";
import { lineOf } from "../../config/locate.ts";

export interface FoundProblem {
  readonly code: string;
  readonly line: number | undefined;
  /** With file and line. */
  readonly message: string;
  readonly hint: string | undefined;
}

export interface ConfigCheckResult {
  readonly path: string;
  readonly exists: boolean;
  readonly ok: boolean;
  /** How many profiles and how many of their settings the file has. */
  readonly profiles: number;
  readonly settings: number;
  readonly problems: FoundProblem[];
}

/**
 * `vantage config check`: all that is wrong with the settings file and its `command_files`.
 * `taken` are names that no saved call may have. Throws `config_unreadable`.
 */
export async function configCheck(
  app: Pick<SettingsApp, "system" | "paths">,
  taken: readonly string[] = [],
): Promise<ConfigCheckResult> {
  const path = app.paths().config;
  const text = await readText(app.system.files, path);
  const { config, problems } = await inspectConfig(text ?? "", path);
  const { faults } = await inspectCommands(app.system, config, taken);
  const found = [[path, problems] as const, ...faults].flatMap(([file, problems]) =>
    problems.map((problem) => foundProblem(file, problem))
  );
  const active = config.activeProfile;
  if (active !== undefined && !isKnown(config, active)) {
    const { code, hint } = unknownProfile(config, active);
    const keys = ["active_profile"];
    const line = await lineOf(config.text, keys);
    const message = `Key 'active_profile' names '${active}', which is not defined`;
    found.push({
      code,
      line,
      message: `${path}${line === undefined ? "" : `:${line}`}: ${message}`,
      hint,
    });
  }
  const tables = [...config.profiles.values()];
  return {
    path,
    exists: text !== undefined,
    ok: found.length === 0,
    profiles: tables.length,
    settings: tables.reduce((sum, table) => sum + Object.keys(table).length, 0),
    problems: found,
  };
}

const foundProblem = (path: string, problem: Problem): FoundProblem => ({
  code: problem.code,
  line: problem.line,
  message: describeProblem(path, problem),
  hint: problem.hint,
});
