import type { Problem } from "./problem.ts";
import { secretProblem } from "./secrets.ts";
import { isSettingKey } from "./settings.ts";
import { nearest } from "./suggest.ts";

export type Table = Record<string, unknown>;

/** Whether a parsed value is a table. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

/** The problem of a value that is not what its key asks for. */
export function invalid(keys: readonly string[], must: string): Problem {
  return { code: "config_invalid", keys, message: `Key ${quoteKey(keys)} ${must}` };
}

/** The problem of a key that is none, with the one that may have been meant. */
export function unknown(keys: readonly string[], known: Iterable<string>): Problem {
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
