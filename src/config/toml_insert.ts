import type { EditValue } from "./toml_text.ts";
import {
  isEmptyTable,
  lineEnd,
  lineEnding,
  literal,
  quoteKey,
  withLastLineEnd,
} from "./toml_text.ts";
import type { Entry } from "./toml_tree.ts";
import { sameKeys, startsWith } from "./toml_tree.ts";

/**
 * A TOML text with a key that it does not have yet: below the last key of its table, or in a
 * new table at the end.
 */
export function insertKey(
  text: string,
  entries: readonly Entry[],
  keys: readonly string[],
  value: EditValue,
): string {
  const pair = (within: readonly string[]) =>
    `${keys.slice(within.length).map(quoteKey).join(".")} = ${literal(value)}`;

  const host = entries.findLast((entry) =>
    entry.value?.type === "TOMLInlineTable" && startsWith(keys, entry.keys)
  );
  if (host) return insertInline(text, entries, host, pair(host.keys));

  const table = isEmptyTable(value) ? keys : keys.slice(0, -1);
  const siblings = entries.filter((entry) => entry.value && !entry.inline);
  const after = siblings.findLast((entry) => sameKeys(entry.within, table)) ??
    entries.find((entry) => !entry.value && sameKeys(entry.keys, table)) ??
    // Dotted keys, such as `profiles.a.issuer`: not those of a table below, which has a header.
    siblings.findLast((entry) =>
      table.length > 0 && startsWith(entry.keys, table) && startsWith(table, entry.within)
    );
  if (after) return insertLine(text, after, pair(after.within));
  if (table.length === 0) return insertAtTop(text, entries, pair([]));
  const header = `[${table.map(quoteKey).join(".")}]`;
  return appendTable(text, isEmptyTable(value) ? [header] : [header, pair(table)]);
}

function insertInline(
  text: string,
  entries: readonly Entry[],
  host: Entry,
  pair: string,
): string {
  const last = entries.findLast((entry) => entry.inline && sameKeys(entry.within, host.keys));
  if (!last) {
    const [start, end] = host.value?.range ?? host.range;
    return `${text.slice(0, start)}{ ${pair} }${text.slice(end)}`;
  }
  return `${text.slice(0, last.range[1])}, ${pair}${text.slice(last.range[1])}`;
}

function insertLine(text: string, after: Entry, pair: string): string {
  const lineStart = text.lastIndexOf("\n", after.range[0] - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart, after.range[0]))?.[0] ?? "";
  const end = lineEnd(text, after.range[1]);
  const eol = lineEnding(text);
  const line = indent + pair + eol;
  return text.slice(0, end) + (text[end - 1] === "\n" ? line : eol + line) + text.slice(end);
}

/** A key of the root must come before the first table: above it and the comment that is its. */
function insertAtTop(text: string, entries: readonly Entry[], pair: string): string {
  const eol = lineEnding(text);
  if (entries.length === 0) return withLastLineEnd(text, eol) + pair + eol;
  // A comment at the top, with an empty line after it, speaks of the file and stays first.
  const start = /^(?:(?:[ \t]*#[^\n]*\n)+[ \t]*\r?\n)?/.exec(text)?.[0].length ?? 0;
  const rest = text.slice(start);
  return text.slice(0, start) + pair + eol + (/^[ \t]*\r?\n/.test(rest) ? "" : eol) + rest;
}

function appendTable(text: string, lines: readonly string[]): string {
  const eol = lineEnding(text);
  const before = withLastLineEnd(text, eol);
  const gap = before.trim() === "" || /\n[ \t]*\r?\n$/.test(before) ? "" : eol;
  return before + gap + lines.map((line) => line + eol).join("");
}
