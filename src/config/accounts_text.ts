import type { AccountEntry } from "./accounts_file.ts";
import { lineEnding, literal, withLastLineEnd } from "./toml_text.ts";

const HEADER = /^[ \t]*\[\[[ \t]*accounts[ \t]*\]\]/m;

/**
 * The text with an account as it shall be: added when `before` is undefined, else changed in
 * the block of its index.
 */
export function withAccount(
  text: string,
  index: number,
  before: AccountEntry | undefined,
  after: AccountEntry,
): string {
  const eol = lineEnding(text);
  const pairs = Object.entries(keysOf(after));
  if (!before) {
    const lines = pairs.flatMap(([key, value]) => value ? [`${key} = ${literal(value)}`] : []);
    const start = withLastLineEnd(text, eol);
    return start + (start === "" ? "" : eol) + ["[[accounts]]", ...lines, ""].join(eol);
  }
  const old: Record<string, unknown> = keysOf(before);
  const changed = pairs.filter(([key, value]) => value && String(value) !== String(old[key]));
  return changeBlock(
    text,
    index,
    (block) => changed.reduce((block, [key, value]) => withKey(block, key, value!, eol), block),
  );
}

const keysOf = ({ service, account: id, scopes, createdAt, lastUsed }: AccountEntry) => ({
  service,
  id,
  scopes,
  created_at: createdAt,
  last_used: lastUsed,
});

/** The text without the account of an index. Comments above the next one stay. */
export function withoutAccount(text: string, index: number): string {
  return changeBlock(text, index, (block) => {
    const lines = block.split(/(?<=\n)/);
    const last = lines.findLastIndex((line) => /^\s*[^\s#]/.test(line));
    const rest = lines.slice(last + 1).join("");
    return rest.includes("#") ? rest : "";
  });
}

/** Changes the text from the header of one account up to the next header. */
function changeBlock(text: string, index: number, change: (block: string) => string): string {
  const starts = [...text.matchAll(new RegExp(HEADER, "gm"))].map((match) => match.index);
  const start = starts[index];
  if (start === undefined) return text; // written in another way: the caller sees no change
  const end = starts[index + 1] ?? text.length;
  return text.slice(0, start) + change(text.slice(start, end)) + text.slice(end);
}

/** A block with a key set: in its line, else behind the last line that says something. */
function withKey(
  block: string,
  key: string,
  value: string | readonly string[],
  eol: string,
): string {
  const line = `${key} = ${literal(value)}`;
  const existing = new RegExp(
    `^[ \\t]*${key}[ \\t]*=[ \\t]*(?:"[^"\\n]*"|\\[[^\\]]*\\]|[^\\s#]+)`,
    "m",
  );
  if (existing.test(block)) return block.replace(existing, () => line);
  const lines = block.split(/(?<=\n)/);
  const last = lines.findLastIndex((line) => /^\s*[^\s#]/.test(line));
  const head = lines.slice(0, last + 1).join("");
  return withLastLineEnd(head, eol) + line + eol + lines.slice(last + 1).join("");
}
