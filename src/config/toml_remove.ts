import { lineEnd } from "./toml_text.ts";
import type { Entry } from "./toml_tree.ts";
import { readEntries, sameKeys, startsWith } from "./toml_tree.ts";

/** A TOML text without a key, or without a table and all below it. */
export async function removeKey(text: string, keys: readonly string[]): Promise<string> {
  while (true) {
    const entries = await readEntries(text);
    const found = entries.find((entry) => startsWith(entry.keys, keys));
    if (!found) return text;
    if (!found.value) text = removeTable(text, entries, found);
    else if (found.inline) text = removeInline(text, entries, found);
    else text = removeLines(text, found.range[0], found.range[1]);
  }
}

function removeLines(text: string, start: number, end: number): string {
  return text.slice(0, text.lastIndexOf("\n", start - 1) + 1) + text.slice(lineEnd(text, end));
}

function removeInline(text: string, entries: readonly Entry[], entry: Entry): string {
  const siblings = entries.filter((other) => other.inline && sameKeys(other.within, entry.within));
  const at = siblings.indexOf(entry);
  const [before, after] = [siblings[at - 1], siblings[at + 1]];
  if (after) return text.slice(0, entry.range[0]) + text.slice(after.range[0]);
  return text.slice(0, before?.range[1] ?? entry.range[0]) + text.slice(entry.range[1]);
}

/** Removes a table with the comments that touch it, and the empty lines that it leaves. */
function removeTable(text: string, entries: readonly Entry[], header: Entry): string {
  const at = entries.indexOf(header);
  const next = entries.findIndex((entry, index) => index > at && !entry.value);
  const body = entries.slice(at, next === -1 ? entries.length : next);
  const last = body.findLast((entry) => !entry.inline) ?? header;

  let start = text.lastIndexOf("\n", header.range[0] - 1) + 1;
  const above = /(?:^|\n)((?:[ \t]*#[^\n]*\n)+)$/.exec(text.slice(0, start));
  // A comment at the top of the file may as well speak of the file.
  if (above?.[1] && above[1].length < start) start -= above[1].length;

  let end = lineEnd(text, last.range[1]);
  const below = /^(?:[ \t]*#[^\n]*(?:\n|$))+/.exec(text.slice(end))?.[0] ?? "";
  // What touches the next header belongs to that.
  if (!/^[ \t]*\[/.test(text.slice(end + below.length))) end += below.length;

  const rest = text.slice(end).replace(/^(?:[ \t]*\r?\n)+/, "");
  const before = text.slice(0, start);
  return rest === "" ? before.replace(/(?<=\n)(?:[ \t]*\r?\n)+$/, "") : before + rest;
}
