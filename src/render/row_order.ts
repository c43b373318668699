import { requireMember } from "./columns.ts";
import { compactJson } from "./json_text.ts";
import { memberAt } from "./member.ts";
import { instantOf } from "./time.ts";

/** A value in its place among others: kinds follow one another, and each has an order of its own. */
type Key =
  | { readonly kind: 0 | 1; readonly number: number | bigint }
  | { readonly kind: 2 | 3; readonly text: string };

/**
 * The rows in the order of a column (`name`, `owner.name`), from the end with `-` before it.
 * Numbers go by size, instants by time, other text as people count (`node2` before `node10`).
 * Rows without a value are the last either way; equal ones stay as they were. Throws `usage`
 * where no row has the column.
 */
export function sorted(rows: readonly unknown[], by: string): readonly unknown[] {
  const sign = by.startsWith("-") ? -1 : 1;
  const path = by.slice(sign < 0 ? 1 : 0).replace(/^\.(?=.)/, "");
  requireMember(rows, path, `--sort ${by}`);
  const { compare } = new Intl.Collator("en", { numeric: true });
  return rows
    .map((row) => ({ row, key: keyOf(memberAt(row, path)) }))
    .sort((a, b) => {
      if (!a.key || !b.key) return Number(!a.key) - Number(!b.key);
      return sign * order(a.key, b.key, compare);
    })
    .map(({ row }) => row);
}

function keyOf(value: unknown): Key | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" || typeof value === "bigint") return { kind: 0, number: value };
  if (typeof value !== "string") return { kind: 3, text: compactJson(value) };
  const instant = instantOf(value);
  return instant === undefined ? { kind: 2, text: value } : { kind: 1, number: instant };
}

function order(a: Key, b: Key, compare: (a: string, b: string) => number): number {
  if ("number" in a && "number" in b && a.kind === b.kind) {
    return a.number < b.number ? -1 : Number(a.number > b.number);
  }
  if ("text" in a && "text" in b && a.kind === b.kind) return compare(a.text, b.text);
  return a.kind - b.kind;
}
