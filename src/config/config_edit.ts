import { parse, TomlError } from "smol-toml";
import { VantageError } from "../errors.ts";
import type { Clock, Files } from "../system.ts";
import type { Config } from "./config_file.ts";
import { checkedConfig } from "./config_file.ts";
import { replaceText } from "./text_file.ts";
import type { Change } from "./toml_edit.ts";
import { editToml } from "./toml_edit.ts";

/**
 * Changes the settings file. `edit` sees the file as it is under the lock and says what to
 * change; comments, order and formatting of everything else stay. Nothing is written when the
 * result would not be valid. Throws what `edit` throws, `config_invalid`, `config_secret`,
 * `config_unreadable` and `lock_timeout`.
 */
export async function editConfig(
  files: Files,
  clock: Clock,
  path: string,
  edit: (config: Config) => readonly Change[],
): Promise<void> {
  await replaceText(files, clock, path, async (text) => {
    const changes = edit(await checkedConfig(text, path));
    const result = await editText(text, changes);
    if (result === undefined) {
      throw new VantageError("config_invalid", `Cannot change ${path} without reformatting it`, {
        hint: "Make the change by hand with `vantage config edit`",
      });
    }
    await checkedConfig(result, path);
    return result;
  });
}

type Table = Record<string, unknown>;

/** The edited text, undefined where it would not say exactly what it should. */
async function editText(text: string, changes: readonly Change[]): Promise<string | undefined> {
  const intended = changes.reduce(applyChange, parse(text) as Table);
  try {
    let result = text;
    for (const change of changes) result = await editToml(result, change);
    return sameContent(parse(result), intended) ? result : undefined;
  } catch (error) {
    // Both parsers throw their own kind of it when an edit has broken the text.
    if (error instanceof SyntaxError || error instanceof TomlError) return undefined;
    throw error;
  }
}

/** The same change on the parsed file: what the edited text has to say. */
function applyChange(root: Table, { keys, value }: Change): Table {
  const [key, ...rest] = keys;
  if (key === undefined || (value === undefined && !(key in root))) return root;
  const copy: Table = { ...root };
  if (rest.length > 0) {
    copy[key] = applyChange((root[key] ?? {}) as Table, { keys: rest, value });
  } else if (value === undefined) delete copy[key];
  else if (!(isEmpty(value) && key in root)) copy[key] = value;
  return copy;
}

/** Whether two parsed files say the same; a table with nothing in it says nothing by itself. */
function sameContent(a: Table, b: Table): boolean {
  const canonical = (root: Table) =>
    JSON.stringify(isEmpty(root.profiles) ? { ...root, profiles: undefined } : root, sortKeys);
  return canonical(a) === canonical(b);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.keys(value).length === 0;
}
