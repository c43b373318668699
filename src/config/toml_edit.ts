import { editArrayLines } from "./toml_array.ts";
import { insertKey } from "./toml_insert.ts";
import { removeKey } from "./toml_remove.ts";
import type { EditValue } from "./toml_text.ts";
import { isEmptyTable, literal } from "./toml_text.ts";
import type { Entry } from "./toml_tree.ts";
import { readEntries, sameKeys, startsWith } from "./toml_tree.ts";

/**
 * One change of a TOML text: set a key, create an empty table ({}), or remove a key or a whole
 * table (undefined).
 */
export interface Change {
  readonly keys: readonly string[];
  readonly value: EditValue | undefined;
}

/**
 * A TOML text with one change made, every line that the change does not concern byte for byte
 * as it was. The caller checks that the result says what was meant: a text may be written in
 * ways that no edit of single lines can follow.
 */
export async function editToml(text: string, change: Change): Promise<string> {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  return mark + await editUnmarked(text.slice(mark.length), change);
}

async function editUnmarked(text: string, { keys, value }: Change): Promise<string> {
  if (value === undefined) return await removeKey(text, keys);
  const entries = await readEntries(text);
  const existing = entries.find((entry) => entry.value && sameKeys(entry.keys, keys));
  if (existing?.value) return replaceValue(text, existing.value, value);
  if (isEmptyTable(value) && entries.some((entry) => startsWith(entry.keys, keys))) return text;
  return insertKey(text, entries, keys, value);
}

function replaceValue(
  text: string,
  node: NonNullable<Entry["value"]>,
  value: EditValue,
): string {
  const [start, end] = node.range;
  const lines = node.type === "TOMLArray" && Array.isArray(value)
    ? editArrayLines(text, node, value, literal)
    : undefined;
  return text.slice(0, start) + (lines ?? literal(value)) + text.slice(end);
}
