import { VantageError } from "../errors.ts";
import { memberAt, namesNear } from "./member.ts";

/** A column of records. */
export interface Column {
  /** Where a row has its value: a dotted path, or `.` for the row itself. */
  readonly path: string;
  /** What the user called it. */
  readonly title: string | undefined;
}

/**
 * The columns that `--columns` names: `a`, `b.c` or `d:TITLE`, separated by commas or in values of
 * their own. The last colon begins the title, so that `dc:title:` is a column without one.
 * Throws `usage`.
 */
export function parseColumns(text: readonly string[]): readonly Column[] {
  const columns = text.flatMap((part) => part.split(",")).map(parseColumn);
  const titles = new Set<string>();
  for (const column of columns) {
    const title = keyOf(column);
    if (titles.has(title)) {
      throw new VantageError("usage", `Cannot have two columns called '${title}'`, {
        hint: "Give one of them another title: --columns name,owner.name:OWNER",
      });
    }
    titles.add(title);
  }
  return columns;
}

function parseColumn(text: string): Column {
  const colon = text.lastIndexOf(":");
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  const title = colon < 0 ? "" : text.slice(colon + 1).trim();
  if (name === "") {
    throw new VantageError("usage", `Cannot use the column '${text}': it has no name`, {
      hint: "Name members of the rows: --columns name,owner.login:OWNER",
    });
  }
  return { path: name.replace(/^\.(?=.)/, ""), title: title || undefined };
}

/** What a column is called in data: CSV, YAML and JSON. */
export const keyOf = ({ path, title }: Column): string => title ?? (path === "." ? "value" : path);

/** What a column is called in a table: `createdAt` is `CREATED_AT`. */
export const headOf = (column: Column): string =>
  column.title ?? keyOf(column).replace(/(\p{Ll}|\p{Nd})(\p{Lu})/gu, "$1_$2").toUpperCase();

/** Throws `usage` where no row has a member that is asked for with `option`. */
export function requireMember(rows: readonly unknown[], path: string, option: string): void {
  if (rows.length === 0 || rows.some((row) => memberAt(row, path) !== undefined)) return;
  const names = namesNear(rows, path);
  throw new VantageError("usage", `Cannot find the column '${path}' of '${option}' in any row`, {
    hint: names ? `The rows have ${names}` : "The rows have no members: name the column '.'",
  });
}

/** Every member of every row, in the order in which they appear: nothing is left out. */
export function allColumns(rows: readonly unknown[]): readonly Column[] {
  const paths = new Set<string>();
  for (const row of rows) for (const path of membersOf(row)) paths.add(path);
  return [...paths].map(untitled);
}

/** Rows that decide which columns a table has. */
const DECIDING_ROWS = 100;
/** Nobody reads a table with more. */
const MOST_COLUMNS = 50;
/** What names a thing, the best first. */
const NAMES = ["name", "id", "login"];

/**
 * The columns of a table for people, in the order in which their members appear: those with
 * scalars or arrays of scalars, and of an object what names it (`owner.login`, called OWNER).
 */
export function tableColumns(rows: readonly unknown[]): readonly Column[] {
  const seen = new Map<string, unknown[]>();
  for (const row of rows.slice(0, DECIDING_ROWS)) {
    for (const path of membersOf(row)) {
      const values = seen.get(path) ?? [];
      seen.set(path, values);
      const value = memberAt(row, path);
      if (value !== null) values.push(value);
    }
  }
  const columns: Column[] = [];
  for (const [path, values] of seen) {
    if (columns.length === MOST_COLUMNS) break;
    if (values.length === 0 || values.some(isFlat)) columns.push(untitled(path));
    else columns.push(...named(path, values));
  }
  // Rows that are objects of objects only still are rows: those are shown as they are.
  return columns.length > 0 ? columns : [...seen.keys()].slice(0, MOST_COLUMNS).map(untitled);
}

/** The member that names the objects at `path`. */
function named(path: string, objects: readonly unknown[]): readonly Column[] {
  const names = (object: unknown, name: string) => {
    const value = Array.isArray(object) ? undefined : memberAt(object, name);
    return value !== undefined && value !== null && isScalar(value);
  };
  const name = NAMES.find((name) => objects.some((object) => names(object, name)));
  return name === undefined ? [] : [{ path: `${path}.${name}`, title: headOf(untitled(path)) }];
}

/** The paths of a row's members; `.` for a scalar, which has none, and nothing for null. */
const membersOf = (row: unknown): readonly string[] =>
  typeof row === "object" ? Object.keys(row ?? {}) : ["."];

const untitled = (path: string): Column => ({ path, title: undefined });

const isScalar = (value: unknown) => typeof value !== "object" || value === null;

/** Whether a cell shows all of it: a scalar, or an array of scalars. */
export const isFlat = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isScalar) : isScalar(value);
