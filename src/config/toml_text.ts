/** A value that an edit can write; {} is a table with nothing in it yet. */
export type EditValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string>>;

/** The offset after the end of the line that `offset` is in. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at === -1 ? text.length : at + 1;
}

/** The line ending that a text uses. */
export function lineEnding(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** A text whose last line has an end too. */
export function withLastLineEnd(text: string, eol: string): string {
  return text === "" || text.endsWith("\n") ? text : text + eol;
}

/** Whether an edit's value is the empty table. */
export function isEmptyTable(value: EditValue): value is Record<string, never> {
  return isTable(value) && Object.keys(value).length === 0;
}

const isTable = (value: EditValue): value is Readonly<Record<string, string>> =>
  typeof value === "object" && !Array.isArray(value);

/** A key, quoted where TOML asks for it. */
export function quoteKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : literal(key);
}

/** A value on one line. */
export function literal(value: EditValue): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (isEmptyTable(value)) return "{}";
  if (isTable(value)) {
    const pairs = Object.entries(value).map(([key, each]) => `${quoteKey(key)} = ${literal(each)}`);
    return `{ ${pairs.join(", ")} }`;
  }
  // JSON escapes a string as TOML does, but for DEL, which TOML does not allow bare.
  return JSON.stringify(value).replaceAll("\x7F", "\\u007F");
}
