import type { Metadata, WrappedKey } from "./metadata.ts";
import type { ListNode } from "./node.ts";
import { TreeError } from "./node.ts";
import { blockEntry, flowValue } from "./render.ts";
import type { Splice } from "./text_edit.ts";
import { columnOf, endOf, lineStart, nextLine } from "./text_edit.ts";

/** The splices that make `wanted` the file's recipients; those that stay are not touched. */
export function editRecipients(
  text: string,
  metadata: Metadata,
  wanted: readonly WrappedKey[],
): Splice[] {
  const list = metadata.ageNode;
  if (list.kind !== "list") return [];
  const added = wanted.filter(({ node }) => node === undefined);
  const gone = metadata.age.filter((key) => !wanted.includes(key));
  if (added.length === 0 && gone.length === 0) return [];
  return list.style === "flow"
    ? [rewrite(text, list, wanted)]
    : [...gone.map((key) => removeItem(text, key)), ...insertItems(text, list, added)];
}

const members = ({ enc, recipient }: WrappedKey) =>
  new Map([["enc", enc], ["recipient", recipient]]);

function rewrite(text: string, list: ListNode, wanted: readonly WrappedKey[]): Splice {
  const first = list.items[0]?.start ?? list.end;
  const gap = text.slice(list.start + 1, first);
  const line = gap.includes("\n") && gap.trim() === "" ? gap : undefined;
  const outer = "\n" + (/^[ \t]*/.exec(text.slice(lineStart(text, list.start)))?.[0] ?? "");
  const unit = line?.startsWith(outer) ? line.slice(outer.length) : "";
  const items = wanted.map((key) =>
    key.node ? text.slice(key.node.start, key.node.end) : flowValue(members(key), line, unit)
  );
  const body = items.join(`,${line ?? " "}`);
  return { ...list, text: `[${line ?? ""}${body}${line === undefined ? "" : outer}]` };
}

function removeItem(text: string, { node }: WrappedKey): Splice {
  if (!node) throw new TreeError("it cannot be changed without reformatting it");
  return { start: lineStart(text, node.start), end: nextLine(text, endOf(node)), text: "" };
}

function insertItems(text: string, list: ListNode, added: readonly WrappedKey[]): Splice[] {
  const last = list.items.at(-1);
  if (!last || added.length === 0) return [];
  const dash = text.slice(lineStart(text, last.start), last.start);
  if (!/^ *- +$/.test(dash)) throw new TreeError("it cannot be changed without reformatting it");
  const indent = " ".repeat(columnOf(text, last.start));
  const at = nextLine(text, endOf(last));
  const items = added.map((key) => {
    const lines = [...members(key)].map(([name, value]) => blockEntry(name, value, indent, "  "));
    return dash + lines.join("").slice(indent.length);
  });
  return [{ start: at, end: at, text: (text[at - 1] === "\n" ? "" : "\n") + items.join("") }];
}
