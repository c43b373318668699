import type { SavedCommands } from "./command_types.ts";
import type { HelperTables } from "./helper_tables.ts";
import { checkHelpers } from "./helper_tables.ts";
import { nameProblem } from "./names.ts";
import type { PresetName } from "./presets.ts";
import { PRESET_NAMES } from "./presets.ts";
import type { Problem } from "./problem.ts";
import type { SopsTable } from "./sops_table.ts";
import { checkSops } from "./sops_table.ts";
import type { Table } from "./table_problems.ts";
import { invalid, isTable, unknown } from "./table_problems.ts";
import type { SettingKey, SettingValue } from "./settings.ts";
import { checkSetting } from "./setting_values.ts";
import { definitionOf, SETTING_KEYS } from "./settings.ts";
import { DEFAULT_PROFILE } from "./shipped.ts";

/** The version of the file's shape that this program reads; absent means 1. */
export const CONFIG_VERSION = 1;

/** Checked settings, those which the file holds. */
export type SettingsTable = { readonly [K in SettingKey]?: SettingValue<K> };

/** What the settings file says. */
export interface ConfigTables {
  readonly activeProfile: string | undefined;
  readonly profiles: ReadonlyMap<string, SettingsTable>;
  readonly providers: ReadonlyMap<string, ProviderTable>;
  /** [storage.sops] */
  readonly sops: SopsTable;
  /** [credential_helper.git] and [credential_helper.docker]: accounts by host and path. */
  readonly helpers: HelperTables;
  /** [commands]: saved calls. Those of `commandFiles` are not read here. */
  readonly commands: SavedCommands;
  /** `command_files`: files with more of them, as written. */
  readonly commandFiles: readonly string[];
  /** [oauth] and [storage]: settings of every profile that does not set its own. */
  readonly shared: SettingsTable;
}

/** A table of [providers]. */
export interface ProviderTable {
  /** The preset that it adds to, where that has another name. */
  readonly extends: PresetName | undefined;
  readonly settings: SettingsTable;
}

/** The tables beside [profiles], each with the settings that its keys hold. */
const SHARED_TABLES = new Map<string, Map<string, SettingKey>>();
for (const setting of SETTING_KEYS) {
  const [table, key] = definitionOf(setting).shared ?? [];
  if (table === undefined || key === undefined) continue;
  SHARED_TABLES.set(table, (SHARED_TABLES.get(table) ?? new Map()).set(key, setting));
}

const TOP_KEYS = [
  ...["version", "active_profile", "profiles", "providers", "credential_helper"],
  ...["commands", "command_files"],
  ...SHARED_TABLES.keys(),
];

const PROFILE_KEYS = new Map(SETTING_KEYS.map((key) => [key as string, key]));

/** Checks a parsed file and finds all that is wrong with it, in the order of the file. */
export async function checkTables(
  root: Table,
): Promise<{ tables: ConfigTables; problems: Problem[] }> {
  const problems: Problem[] = [];
  const tables: { -readonly [K in keyof ConfigTables]: ConfigTables[K] } = {
    activeProfile: undefined,
    profiles: new Map(),
    providers: new Map(),
    sops: {},
    helpers: { git: [], docker: [] },
    commands: new Map(),
    commandFiles: [],
    shared: {},
  };
  const newer = versionProblem(root.version);
  // The rest of a newer file would be judged by rules that are not its own.
  if (newer) return { tables, problems: [newer] };

  for (const [key, value] of Object.entries(root)) {
    const shared = SHARED_TABLES.get(key);
    if (key === "version") continue;
    else if (key === "active_profile") {
      if (typeof value === "string") tables.activeProfile = value;
      else problems.push(invalid([key], "must be a string"));
    } else if (key === "profiles") {
      tables.profiles = new Map(
        namedTables(value, key, problems).map(([name, table, at]) => [
          name,
          checkTable(table, at, PROFILE_KEYS, problems),
        ]),
      );
    } else if (key === "providers") {
      tables.providers = new Map(
        namedTables(value, key, problems).map(([name, table, at]) => [
          name,
          checkProvider(table, at, problems),
        ]),
      );
    } else if (key === "credential_helper") {
      tables.helpers = checkHelpers(value, problems);
    } else if (key === "commands" || key === "command_files") {
      // Most files have neither, and a token must not wait for what checks them.
      const { checkCommandFiles, checkCommands } = await import("./command_tables.ts");
      if (key === "commands") tables.commands = checkCommands(value, problems);
      else tables.commandFiles = checkCommandFiles(value, problems);
    } else if (shared) {
      const { own, rest } = key === "storage" ? splitSops(value) : { own: undefined, rest: value };
      if (own !== undefined) tables.sops = checkSops(own, problems);
      const found = checkTable(rest, [key], shared, problems);
      tables.shared = { ...tables.shared, ...found };
    } else {
      const problem = unknown([key], TOP_KEYS);
      const hint = isTable(value) ? `The table of a profile is [profiles.${key}]` : undefined;
      problems.push(problem.hint === undefined && hint ? { ...problem, hint } : problem);
    }
  }
  return { tables, problems };
}

/** [storage.sops] apart from the settings beside it. */
function splitSops(value: unknown): { own: unknown; rest: unknown } {
  if (!isTable(value)) return { own: undefined, rest: value };
  const { sops: own, ...rest } = value;
  return { own, rest };
}

function versionProblem(version: unknown): Problem | undefined {
  if (version === undefined || version === CONFIG_VERSION) return undefined;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    return invalid(["version"], `must be ${CONFIG_VERSION}`);
  }
  return {
    code: "config_invalid",
    keys: ["version"],
    message: `The file was written for a newer vantage: its version is ${version}`,
    hint: `Upgrade vantage; this one reads version ${CONFIG_VERSION}`,
  };
}

/** The tables of [profiles] or [providers], their names checked: name, table and keys. */
function namedTables(
  value: unknown,
  key: "profiles" | "providers",
  problems: Problem[],
): [name: string, table: unknown, at: string[]][] {
  const noun = key === "profiles" ? "profile" : "provider";
  if (!isTable(value)) {
    problems.push(invalid([key], `must be a table of ${key}`));
    return [];
  }
  const folded = new Map<string, string>(
    (key === "profiles" ? [DEFAULT_PROFILE] : PRESET_NAMES).map((name) => [name, name]),
  );
  return Object.entries(value).map(([name, table]) => {
    const at = [key, name];
    const title = noun.charAt(0).toUpperCase() + noun.slice(1);
    const wrong = nameProblem(name);
    const twin = folded.get(name.toLowerCase());
    folded.set(name.toLowerCase(), name);
    if (wrong !== undefined) {
      problems.push({
        code: "config_invalid",
        keys: at,
        message: `${title} name '${name}' ${wrong}`,
      });
    } else if (twin !== undefined && twin !== name) {
      // Their files would be one where the file system folds case.
      const message = `${title} names '${twin}' and '${name}' differ only in case`;
      problems.push({ code: "config_invalid", keys: at, message });
    }
    return [name, table, at];
  });
}

function checkProvider(table: unknown, at: readonly string[], problems: Problem[]): ProviderTable {
  if (!isTable(table)) {
    problems.push(invalid(at, "must be a table"));
    return { extends: undefined, settings: {} };
  }
  const { extends: parent, ...rest } = table;
  const known = new Map([...PROFILE_KEYS, ["extends", undefined]]);
  const settings = checkTable(rest, at, known, problems);
  if (parent === undefined || PRESET_NAMES.some((name) => name === parent)) {
    return { extends: parent as PresetName | undefined, settings };
  }
  const names = PRESET_NAMES.map((name) => `'${name}'`).join(", ");
  problems.push(invalid([...at, "extends"], `must be one of ${names}`));
  return { extends: undefined, settings };
}

function checkTable(
  value: unknown,
  at: readonly string[],
  known: ReadonlyMap<string, SettingKey | undefined>,
  problems: Problem[],
): SettingsTable {
  const table: Partial<Record<SettingKey, unknown>> = {};
  if (!isTable(value)) {
    problems.push(invalid(at, "must be a table"));
    return {};
  }
  for (const [key, raw] of Object.entries(value)) {
    const setting = known.get(key);
    if (setting === undefined) {
      problems.push(unknown([...at, key], known.keys()));
      continue;
    }
    const checked = checkSetting(setting, raw);
    if (checked.ok) table[setting] = checked.value;
    else problems.push(invalid([...at, key], checked.must));
  }
  return table as SettingsTable;
}
