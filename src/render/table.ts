import Table from "cli-table3";
import { plainLine } from "./plain.ts";
import type { ViewContext } from "./view.ts";
import { cut, width } from "./width.ts";

const GAP = "  ";
const NARROWEST = 8;

/** The library takes time with the square of the lines it draws together. */
const DRAWN_TOGETHER = 50;

/** A cell: text from anywhere, and how to paint it once it is safe and fits. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/**
 * Plain aligned columns without borders. On a terminal the widest cells are cut, so that a row
 * stays a line; elsewhere nothing is cut.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  context: ViewContext,
): string {
  const titles = head.map((text) => ({ text, paint: context.style.dim }));
  const lines = [titles, ...rows.map((row) => row.map(safe))];
  const widths = shrunk(
    head.map((_, column) => Math.max(...lines.map((line) => width(line[column]?.text ?? "")))),
    context.columns,
  );
  const shown = lines.map((line) =>
    line.map(({ text, paint }, column) => {
      const fitting = cut(text, widths[column] ?? 0);
      return fitting && paint(fitting);
    })
  );
  const parts: string[] = [];
  for (let at = 0; at < shown.length; at += DRAWN_TOGETHER) {
    parts.push(draw(shown.slice(at, at + DRAWN_TOGETHER), widths));
  }
  return parts.join("\n");
}

function draw(lines: readonly string[][], widths: number[]): string {
  const table = new Table({ chars: NO_BORDERS, style: NO_STYLE, colWidths: widths });
  table.push(...lines);
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}

const SIDES = ["top", "bottom", "left", "mid", "right"];
const NO_BORDERS = Object.fromEntries(
  [...SIDES, ...SIDES.flatMap((side) => ["-mid", "-left", "-right"].map((at) => side + at))]
    .map((name) => [name, ""]).concat([["middle", GAP]]),
);
const NO_STYLE = { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true };

function safe(cell: Cell): Exclude<Cell, string> {
  const { text, paint } = typeof cell === "string" ? { text: cell, paint: same } : cell;
  return { text: plainLine(text), paint };
}

const same = (text: string) => text;

/** The widths with what is too much for `columns` taken from the widest of them. */
function shrunk(widths: readonly number[], columns: number | undefined): number[] {
  const result = [...widths];
  if (columns === undefined) return result;
  const available = columns - GAP.length * (widths.length - 1);
  for (let over = sum(widths) - available; over > 0; over--) {
    const widest = result.indexOf(Math.max(...result));
    if (result[widest]! <= NARROWEST) break;
    result[widest]!--;
  }
  return result;
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
