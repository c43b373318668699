import { VantageError } from "../errors.ts";
import {
  allColumns,
  type Column,
  headOf,
  isFlat,
  keyOf,
  parseColumns,
  requireMember,
  tableColumns,
} from "./columns.ts";
import type { Field } from "./csv.ts";
import { compactJson, jsonText } from "./json_text.ts";
import { memberAt } from "./member.ts";
import { plain } from "./plain.ts";
import { rowsOf } from "./rows.ts";
import { instantOf, relative } from "./time.ts";
import type { ViewContext } from "./view.ts";

export interface RecordOptions {
  readonly format: "table" | "csv" | "yaml" | "json";
  /** As {@link parseColumns} reads them; what the format shows by itself where there are none. */
  readonly columns?: readonly string[];
  /** Where the rows are, see {@link rowsOf}. */
  readonly rows?: string;
  /** A column, with `-` before it for the other way around, see `row_order.ts`. */
  readonly sort?: string;
}

export interface RecordContext extends ViewContext {
  /** Whether a terminal shows it; one has columns unless told. */
  readonly terminal?: boolean;
}

/**
 * The rows in a value that an API sent, without the last line's end. A table is for people; CSV,
 * YAML and JSON leave out nothing unless columns are named. YAML without `columns`, `rows` and
 * `sort` is all of the value. Throws `usage` and `output_refused`.
 */
export async function formatRecords(
  value: unknown,
  options: RecordOptions,
  context: RecordContext,
): Promise<string> {
  const { format, rows: path, sort } = options;
  const { terminal = context.columns !== undefined } = context;
  const columns = options.columns?.length ? parseColumns(options.columns) : undefined;
  if (format === "yaml" && !columns && path === undefined && sort === undefined) {
    return await yaml(value);
  }
  let rows = rowsOf(value, path);
  for (const column of columns ?? []) requireMember(rows, column.path, "--columns");
  if (sort !== undefined) rows = (await import("./row_order.ts")).sorted(rows, sort);
  switch (format) {
    case "table":
      return await tableText(rows, columns, context);
    case "csv":
      return await csv(rows, columns ?? allColumns(rows), terminal);
    case "yaml":
      return await yaml(chosen(rows, columns));
    case "json":
      return terminal
        ? jsonText(chosen(rows, columns), context.style)
        : compactJson(chosen(rows, columns));
  }
}

const yaml = async (value: unknown) => (await import("./yaml_text.ts")).yamlText(value);

/** The rows with the columns alone. All have all of them, so that they read as a table does. */
function chosen(rows: readonly unknown[], columns: readonly Column[] | undefined): unknown {
  return columns === undefined ? rows : rows.map((row) =>
    Object.fromEntries(
      columns.map((column) => [keyOf(column), memberAt(row, column.path) ?? null]),
    )
  );
}

async function csv(
  rows: readonly unknown[],
  columns: readonly Column[],
  terminal: boolean,
): Promise<string> {
  const { csvText } = await import("./csv.ts");
  // Each by itself: a control sequence must not reach from one field into another.
  const safe = terminal ? plain : (text: string) => text;
  const field = (value: unknown): Field => {
    if (typeof value === "number" || typeof value === "bigint") return value;
    if (value === undefined || value === null) return null;
    return safe(typeof value === "string" ? value : compactJson(value));
  };
  return csvText(
    columns.map((column) => safe(keyOf(column))),
    rows.map((row) => columns.map(({ path }) => field(memberAt(row, path)))),
  );
}

/** A cell of a terminal's table says no more than its beginning, and is slow to measure. */
const LONGEST_SHOWN = 2_000;
/** What a column of a terminal is worth having for. */
const COMFORTABLE = 16;
const GAP = 2;
/** Letters that a table may come to, with what aligns it: about what a string can hold. */
const LARGEST_TABLE = 100_000_000;

async function tableText(
  rows: readonly unknown[],
  named: readonly Column[] | undefined,
  context: ViewContext,
): Promise<string> {
  const columns = named ?? tableColumns(rows);
  let parts = columns.map((column) => {
    const values = rows.map((row) => memberAt(row, column.path));
    const cells = values.map((value) => cellText(value, context));
    const wide = cells.reduce((most, cell) => Math.max(most, cell.length), headOf(column).length);
    return { head: headOf(column), cells, wide, numeric: areNumbers(values) };
  });
  if (context.columns === undefined) {
    const letters = rows.length * parts.reduce((sum, { wide }) => sum + wide, 0);
    if (letters > LARGEST_TABLE) throw tooLarge();
  } else if (!named) {
    parts = fitting(parts, context.columns);
  }
  if (parts.length === 0) return "";
  const { table } = await import("./table.ts");
  return table(
    parts.map(({ head }) => head),
    rows.map((_, row) => parts.map(({ cells }) => cells[row] ?? "")),
    context,
    parts.map(({ numeric }) => numeric ? "right" : "left"),
  );
}

const tooLarge = () =>
  new VantageError("output_refused", "Cannot align a table of this size", {
    hint: "Use --csv, or name fewer columns with --columns",
  });

/** As many of the first columns as a terminal has a comfortable place for, and one at least. */
function fitting<T extends { readonly wide: number }>(parts: readonly T[], columns: number): T[] {
  let left = columns + GAP;
  return parts.filter(({ wide }, at) => {
    left -= Math.min(Math.max(1, wide), COMFORTABLE) + GAP;
    return at === 0 || left >= 0;
  });
}

const areNumbers = (values: readonly unknown[]) =>
  values.some(isNumber) && values.every((value) => isNumber(value) || (value ?? "") === "");

const isNumber = (value: unknown) => typeof value === "number" || typeof value === "bigint";

function cellText(value: unknown, { columns, now }: ViewContext): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "object" ? listText(value) : String(value);
  if (columns === undefined) return text;
  const instant = typeof value === "string" ? instantOf(value) : undefined;
  if (instant !== undefined) return relative(instant, now);
  return text.length > LONGEST_SHOWN ? text.slice(0, LONGEST_SHOWN) + "…" : text;
}

const listText = (value: object) =>
  Array.isArray(value) && isFlat(value)
    ? value.map((item) => item === null ? "" : String(item)).join(", ")
    : compactJson(value);
