import { nameProblem } from "./names.ts";
import type { Problem } from "./problem.ts";
import { secretProblem } from "./secrets.ts";
import type { SettingKey, SettingValue } from "./settings.ts";
import { checkSetting, definitionOf, isSettingKey, SETTING_KEYS } from "./settings.ts";
import { DEFAULT_PROFILE } from "./shipped.ts";
import { nearest } from "./suggest.ts";

/** The version of the file's shape that this program reads; absent means 1. */
export const CONFIG_VERSION = 1;

/** Checked settings, those which the file holds. */
export type SettingsTable = { readonly [K in SettingKey]?: SettingValue<K> };

/** What the settings file says. */
export interface ConfigTables {
  readonly activeProfile: string | undefined;
  readonly profiles: ReadonlyMap<string, SettingsTable>;
  /** [oauth] and [storage]: settings of every profile that does not set its own. */
  readonly shared: SettingsTable;
}

type Table = Record<string, unknown>;

/** The tables beside [profiles], each with the settings that its keys hold. */
const SHARED_TABLES = new Map<string, Map<string, SettingKey>>();
for (const setting of SETTING_KEYS) {
  const [table, key] = definitionOf(setting).shared ?? [];
  if (table === undefined || key === undefined) continue;
  SHARED_TABLES.set(table, (SHARED_TABLES.get(table) ?? new Map()).set(key, setting));
}

const TOP_KEYS = ["version", "active_profile", "profiles", ...SHARED_TABLES.keys()];

/** Checks a parsed file and finds all that is wrong with it, in the order of the file. */
export function checkTables(root: Table): { tables: ConfigTables; problems: Problem[] } {
  const problems: Problem[] = [];
  const tables: { -readonly [K in keyof ConfigTables]: ConfigTables[K] } = {
    activeProfile: undefined,
    profiles: new Map(),
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
      tables.profiles = checkProfiles(value, problems);
    } else if (shared) {
      const found = checkTable(value, [key], shared, problems);
      tables.shared = { ...tables.shared, ...found };
    } else {
      const problem = unknown([key], TOP_KEYS);
      const hint = isTable(value) ? `The table of a profile is [profiles.${key}]` : undefined;
      problems.push(problem.hint === undefined && hint ? { ...problem, hint } : problem);
    }
  }
  return { tables, problems };
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

function checkProfiles(value: unknown, problems: Problem[]): Map<string, SettingsTable> {
  const profiles = new Map<string, SettingsTable>();
  if (!isTable(value)) {
    problems.push(invalid(["profiles"], "must be a table of profiles"));
    return profiles;
  }
  const keys = new Map(SETTING_KEYS.map((key) => [key as string, key]));
  const folded = new Map<string, string>([[DEFAULT_PROFILE, DEFAULT_PROFILE]]);
  for (const [name, table] of Object.entries(value)) {
    const at = ["profiles", name];
    const wrong = nameProblem(name);
    const twin = folded.get(name.toLowerCase());
    folded.set(name.toLowerCase(), name);
    if (wrong !== undefined) {
      problems.push({
        code: "config_invalid",
        keys: at,
        message: `Profile name '${name}' ${wrong}`,
      });
    } else if (twin !== undefined && twin !== name) {
      // Their files would be one where the file system folds case.
      const message = `Profile names '${twin}' and '${name}' differ only in case`;
      problems.push({ code: "config_invalid", keys: at, message });
    }
    profiles.set(name, checkTable(table, at, keys, problems));
  }
  return profiles;
}

function checkTable(
  value: unknown,
  at: readonly string[],
  known: ReadonlyMap<string, SettingKey>,
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

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function invalid(keys: readonly string[], must: string): Problem {
  return { code: "config_invalid", keys, message: `Key ${quoteKey(keys)} ${must}` };
}

function unknown(keys: readonly string[], known: Iterable<string>): Problem {
  const key = keys.at(-1) ?? "";
  const secret = secretProblem(keys, quoteKey(keys));
  if (secret) return secret;
  const message = `Unknown key ${quoteKey(keys)}`;
  const meant = nearest(key, known);
  if (meant !== undefined) {
    return { code: "config_invalid", keys, message, hint: `Did you mean '${meant}'?` };
  }
  // A setting of a profile that stands outside of one, which TOML makes easy to do.
  return isSettingKey(key) && keys[0] !== "profiles"
    ? { code: "config_invalid", keys, message, hint: `Move '${key}' below [profiles.NAME]` }
    : { code: "config_invalid", keys, message };
}

/** `'clent_id' in [profiles.prod]` */
function quoteKey(keys: readonly string[]): string {
  const table = keys.slice(0, -1).join(".");
  return `'${keys.at(-1) ?? ""}'${table === "" ? "" : ` in [${table}]`}`;
}
