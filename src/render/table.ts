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

export type Alignment = "left" | "right";

/**
 * Plain aligned columns without borders, to the left unless told. On a terminal the widest cells
 * are cut, so that a row stays a line as long as there is a place for each; elsewhere nothing is.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  context: ViewContext,
  aligned: readonly Alignment[] = [],
): string {
  const titles = head.map((text) => ({ text: plainLine(text), paint: context.style.dim }));
  const lines = [titles, ...rows.map((row) => row.map(safe))];
  const widths = shrunk(
    head.map((_, column) => longest(lines, (line) => width(line[column]?.text ?? ""))),
    context.columns,
  );
  const shown = lines.map((line) =>
    line.map(({ text, paint }, column) => {
      const fitting = cut(text, widths[column] ?? 0);
      const columns = width(fitting);
      return { columns, text: columns > 0 ? paint(fitting) : "" };
    })
  );
  const parts: string[] = [];
  for (let at = 0; at < shown.length; at += DRAWN_TOGETHER) {
    parts.push(draw(shown.slice(at, at + DRAWN_TOGETHER), widths, aligned));
  }
  return parts.join("\n");
}

/** A text to put into its place as it is. */
interface Fitting {
  readonly columns: number;
  readonly text: string;
}

/**
 * The library has older ideas of how wide a character is than `width.ts`. It gets marks of the
 * width of each cell to place, and the cells take their places.
 */
function draw(
  lines: readonly (readonly Fitting[])[],
  widths: number[],
  aligned: readonly Alignment[],
): string {
  const colAligns = widths.map((_, column) => aligned[column] ?? "left");
  const table = new Table({ chars: NO_BORDERS, style: NO_STYLE, colWidths: widths, colAligns });
  table.push(...lines.map((line) => line.map(({ columns }) => "x".repeat(columns))));
  const texts = lines.flat().filter(({ columns }) => columns > 0).map(({ text }) => text);
  return table.toString()
    .replace(/x+/g, () => texts.shift() ?? "")
    .split("\n").map((line) => line.trimEnd()).join("\n");
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
  if (columns === undefined) return [...widths];
  const available = columns - GAP.length * (widths.length - 1);
  // Where not even the narrowest fit, each has its share.
  const narrowest = Math.max(1, Math.min(NARROWEST, Math.floor(available / widths.length)));
  // One that is wider than all there is ends no wider for having been so: this bounds the loop.
  const result = widths.map((width) => Math.min(width, Math.max(available, narrowest)));
  for (let over = sum(result) - available; over > 0; over--) {
    const widest = result.indexOf(Math.max(...result));
    if (result[widest]! <= narrowest) break;
    result[widest]!--;
  }
  return result;
}

/** At least 1: the library has an idea of its own for 0. A spread would be too many arguments. */
const longest = <T>(items: readonly T[], size: (item: T) => number) =>
  items.reduce((most, item) => Math.max(most, size(item)), 1);

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
