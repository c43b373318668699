import type { AccountEntry } from "./accounts_file.ts";
import { lineEnding, literal, withLastLineEnd } from "./toml_text.ts";

/** Where the block of an account begins. */
const HEADER = /^[ \t]*\[\[[ \t]*accounts[ \t]*\]\]/m;

/** An account as the text has it, at its place among the accounts, and as it shall be. */
export interface AccountEdit {
  readonly index: number;
  /** Undefined for one that is new. */
  readonly before: AccountEntry | undefined;
  /** Undefined for one that is removed. */
  readonly after: AccountEntry | undefined;
}

/** The text with accounts changed in their blocks, removed, or added at its end. */
export function withEdits(text: string, edits: readonly AccountEdit[]): string {
  const eol = lineEnding(text);
  const blocks = text.split(new RegExp(`(?=${HEADER.source})`, "m"));
  const first = HEADER.test(blocks[0]?.split("\n", 1)[0] ?? "") ? 0 : 1;
  for (const { index, before, after } of edits) {
    const block = before && blocks[first + index];
    if (block === undefined) continue; // new, or written in another way: the caller sees no change
    blocks[first + index] = after ? changed(block, before!, after, eol) : remains(block);
  }
  const added = edits.flatMap(({ before, after }) => before || !after ? [] : [after]);
  return added.reduce((text, entry) => withNew(text, entry, eol), blocks.join(""));
}

function withNew(text: string, entry: AccountEntry, eol: string): string {
  const lines = Object.entries(keysOf(entry))
    .flatMap(([key, value]) => value ? [`${key} = ${literal(value)}`] : []);
  const start = withLastLineEnd(text, eol);
  return start + (start === "" ? "" : eol) + ["[[accounts]]", ...lines, ""].join(eol);
}

function changed(block: string, before: AccountEntry, after: AccountEntry, eol: string): string {
  const old: Record<string, unknown> = keysOf(before);
  return Object.entries(keysOf(after))
    .filter(([key, value]) => value && String(value) !== String(old[key]))
    .reduce((block, [key, value]) => withKey(block, key, value!, eol), block);
}

const keysOf = ({ service, account: id, scopes, createdAt, lastUsed }: AccountEntry) => ({
  service,
  id,
  scopes,
  created_at: createdAt,
  last_used: lastUsed,
});

/** What stays of a block whose account goes: comments above the next one. */
function remains(block: string): string {
  const lines = block.split(/(?<=\n)/);
  const last = lines.findLastIndex((line) => /^\s*[^\s#]/.test(line));
  const rest = lines.slice(last + 1).join("");
  return rest.includes("#") ? rest : "";
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
