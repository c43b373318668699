/** A value to write: text, or a mapping. */
export type Writable = string | ReadonlyMap<string, Writable>;

/** What YAML 1.1 or 1.2 may take for something else than a string. */
const NOT_A_NAME = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** What SOPS writes without quotes: its encrypted values, recipients, versions. */
const SAFE_PLAIN = /^(?:ENC\[[\w,:+/=]*\]|[A-Za-z_][\w-]*|\d+\.\d+\.\d+)$/;

/** Whether a text is a string to every YAML parser as it stands, between indented lines. */
const isPlain = (text: string) => SAFE_PLAIN.test(text) && !NOT_A_NAME.test(text);

/** An entry in brackets. `line` begins a line of its level ("\n" and the indentation); none: one line. */
export function flowEntry(
  key: string,
  value: Writable,
  line: string | undefined,
  unit: string,
): string {
  return `${JSON.stringify(key)}: ${flowValue(value, line, unit)}`;
}

export function flowValue(value: Writable, line: string | undefined, unit: string): string {
  if (typeof value === "string") return JSON.stringify(value);
  const inner = line === undefined ? undefined : line + unit;
  const entries = [...value].map(([key, member]) => flowEntry(key, member, inner, unit));
  return `{${inner ?? ""}${entries.join(`,${inner ?? " "}`)}${line ?? ""}}`;
}

/** Lines of an entry by indentation, each ended. */
export function blockEntry(key: string, value: Writable, indent: string, unit: string): string {
  const name = isPlain(key) ? key : JSON.stringify(key);
  if (typeof value === "string") return `${indent}${name}: ${blockText(value, indent + unit)}\n`;
  const lines = [...value].map(([key, member]) => blockEntry(key, member, indent + unit, unit));
  return `${indent}${name}:\n${lines.join("")}`;
}

/** A text after its key: lines as a block, the rest on the key's line. */
function blockText(value: string, indent: string): string {
  if (value.endsWith("\n")) {
    return ["|", ...value.slice(0, -1).split("\n").map((line) => indent + line)].join("\n");
  }
  return isPlain(value) ? value : JSON.stringify(value);
}
