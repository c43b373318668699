import type { AST } from "toml-eslint-parser";

/** One key with its value, or one [header], and where in the text it stands. */
export interface Entry {
  /** The keys that lead here from the root of the file. */
  readonly keys: readonly string[];
  /** The value's node, undefined for a header. */
  readonly value: AST.TOMLContentNode | undefined;
  /** Offsets of the first character and of the one after the last. */
  readonly range: readonly [start: number, end: number];
  /** Counted from 1. */
  readonly line: number;
  /** The keys of the header, or of the inline table, that it is written below. */
  readonly within: readonly string[];
  /** Whether it stands between the braces of an inline table. */
  readonly inline: boolean;
}

/**
 * Every key and header of a TOML text, in its order. The parser is loaded here, because only
 * messages and edits ask where a key stands. Throws the parser's error.
 */
export async function readEntries(text: string): Promise<Entry[]> {
  const { parseTOML } = await import("toml-eslint-parser");
  // The parser knows no byte order mark; a space keeps the offsets.
  const program = parseTOML(text.replace(/^\uFEFF/, " "), { tomlVersion: "1.1" });
  const entries: Entry[] = [];
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") {
      addPair(entries, node, [], false);
      continue;
    }
    const keys = node.resolvedKey.map(String);
    const end = text.indexOf("]", node.key.range[1]) + (node.kind === "array" ? 2 : 1);
    entries.push({
      keys,
      value: undefined,
      range: [node.range[0], end],
      line: node.loc.start.line,
      within: keys,
      inline: false,
    });
    for (const pair of node.body) addPair(entries, pair, keys, false);
  }
  return entries;
}

function addPair(
  entries: Entry[],
  node: AST.TOMLKeyValue,
  within: readonly string[],
  inline: boolean,
): void {
  const keys = [
    ...within,
    ...node.key.keys.map((key) => key.type === "TOMLBare" ? key.name : key.value),
  ];
  entries.push({
    keys,
    value: node.value,
    range: [node.range[0], node.value.range[1]],
    line: node.loc.start.line,
    within,
    inline,
  });
  if (node.value.type === "TOMLInlineTable") {
    for (const pair of node.value.body) addPair(entries, pair, keys, true);
  }
}

/** Whether `keys` leads to `prefix` or below it. */
export function startsWith(keys: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((key, at) => keys[at] === key);
}

/** Whether two lists of keys lead to the same place. */
export function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWith(a, b);
}
