import type { ConfigCheckResult } from "../commands/config/check.ts";
import type { ConfigEditResult } from "../commands/config/edit.ts";
import type { ConfigPathResult } from "../commands/config/path.ts";
import { plainLine } from "./plain.ts";
import type { View } from "./view.ts";

/** `vantage config path`: the path alone, for scripts. */
export const configPathView: View<ConfigPathResult> = {
  text: ({ path }) => path,
  json: ({ path, exists }) => ({ path, exists }),
};

export const configEditView: View<ConfigEditResult> = {
  text: ({ path, changed }) => changed ? `Saved ${path}` : `${path} is unchanged`,
  json: ({ path, changed }) => ({ path, changed }),
};

/** `vantage config check`: every problem with its hint. */
export const configCheckView: View<ConfigCheckResult> = {
  text({ path, exists, ok, profiles, settings, problems }, { style }) {
    if (!exists) return `${path} does not exist; the defaults apply`;
    if (ok) return `${style.green("ok")}  ${path}: profiles: ${profiles}, settings: ${settings}`;
    return problems.map(({ message, hint }) => {
      const line = `${style.red("problem")}  ${plainLine(message)}`;
      return hint === undefined ? line : `${line}\n         ${plainLine(hint)}`;
    }).join("\n");
  },
  json: ({ path, exists, ok, profiles, settings, problems }) => ({
    path,
    exists,
    ok,
    profiles,
    settings,
    problems: problems.map(({ code, line, message, hint }) => ({
      code,
      line: line ?? null,
      message,
      hint: hint ?? null,
    })),
  }),
};
