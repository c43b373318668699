import Table from "cli-table3";
import { plainLine } from "./plain.ts";
import type { ViewContext } from "./view.ts";

const GAP = "  ";
const NARROWEST = 8;

/** A cell: text from anywhere, and how to paint it once it is safe and fits. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/**
 * Plain aligned columns without borders. On a terminal the last column that fits badly is cut,
 * so that a row stays a line; elsewhere nothing is cut.
 */
export function table(
  head: readonly string[],
  rows: readonly Cell[][],
  context: ViewContext,
): string {
  const cells = rows.map((row) =>
    row.map((cell) => typeof cell === "string" ? { text: cell, paint: same } : cell)
  );
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => [...plainLine(row[column]?.text ?? "")].length))
  );
  shrink(widths, context.columns);
  const drawn = new Table({
    head: head.map((title) => context.style.dim(title)),
    chars: Object.fromEntries(BORDERS.map((name) => [name, name === "middle" ? GAP : ""])),
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colWidths: widths,
  });
  for (const row of cells) {
    drawn.push(row.map(({ text, paint }, column) => paint(cut(plainLine(text), widths[column]!))));
  }
  return drawn.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}

const BORDERS = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
  "left",
  "left-mid",
  "mid",
  "mid-mid",
  "right",
  "right-mid",
  "middle",
];

const same = (text: string) => text;

/** Takes what is too much from the widest columns. */
function shrink(widths: number[], columns: number | undefined): void {
  if (columns === undefined) return;
  const available = columns - GAP.length * (widths.length - 1);
  for (let over = sum(widths) - available; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST) return;
    widths[widest]!--;
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

const cut = (text: string, width: number): string => {
  const characters = [...text];
  return characters.length <= width ? text : characters.slice(0, width - 1).join("") + "…";
};
