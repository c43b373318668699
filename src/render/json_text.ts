import { exactNumber } from "./exact_json.ts";
import { plain } from "./plain.ts";
import type { Style } from "./style.ts";

/** Levels that get lines of their own: the indentation of each grows with the square of them. */
const INDENTED = 40;
const INDENT = "  ";

type Paint = Pick<Style, "cyan" | "green" | "yellow" | "dim">;
const same = (text: string) => text;
const UNPAINTED: Paint = { cyan: same, green: same, yellow: same, dim: same };

/**
 * `value` as indented JSON that a terminal may show: what {@link plain} takes out of other text is
 * escaped, so that the text still is the same JSON.
 */
export const jsonText = (value: unknown, paint: Paint = UNPAINTED): string =>
  indentJson(compactJson(value), paint);

/**
 * The same for JSON that is text already, and was found to be JSON. Numbers stay as they were
 * written, which a double cannot always hold (`12345678901234567890`).
 */
export function indentJson(text: string, paint: Paint = UNPAINTED): string {
  const parts: string[] = [];
  let depth = 0;
  /** Just after a bracket or a comma: what comes next is on a new line, but for `[]` and `{}`. */
  let fresh = false;
  const line = () => depth <= INDENTED ? "\n" + INDENT.repeat(depth) : "";
  for (let at = 0; at < text.length;) {
    const letter = text[at]!;
    if (/\s/.test(letter)) {
      at++;
    } else if (letter === "]" || letter === "}") {
      const indented = depth <= INDENTED;
      depth--;
      if (!fresh && indented) parts.push(line());
      parts.push(letter);
      fresh = false;
      at++;
    } else if (letter === ",") {
      parts.push(",", line());
      at++;
    } else if (letter === ":") {
      parts.push(depth <= INDENTED ? ": " : ":");
      at++;
    } else {
      if (fresh) parts.push(line());
      fresh = letter === "[" || letter === "{";
      const end = fresh ? at + 1 : tokenEnd(text, at);
      if (fresh) {
        parts.push(letter);
        depth++;
      } else {
        parts.push(painted(text.slice(at, end), isKey(text, end), paint));
      }
      at = end;
    }
  }
  return parts.join("");
}

/** Where the string, number or word ends that begins at `start`. */
function tokenEnd(text: string, start: number): number {
  if (text[start] !== '"') {
    WORD.lastIndex = start;
    WORD.test(text);
    return WORD.lastIndex || text.length;
  }
  for (let quote = text.indexOf('"', start + 1); quote > 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

const WORD = /[^\s"[\]{}:,]+/y;
const COLON = /\s*:/y;

function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end;
  return COLON.test(text);
}

function painted(token: string, key: boolean, paint: Paint): string {
  if (!token.startsWith('"')) return token === "null" ? paint.dim(token) : paint.yellow(token);
  const text = escaped(token.includes("\\") ? JSON.stringify(JSON.parse(token)) : token);
  return key ? paint.cyan(text) : paint.green(text);
}

/** A string of JSON with what a terminal must not see as `\uXXXX`; JSON escapes only some of it. */
function escaped(token: string): string {
  if (plain(token) === token) return token;
  return token.replace(
    /[^\x20-\x7e]/gu,
    (character) => plain(character) === character ? character : codeUnits(character),
  );
}

const codeUnits = (character: string) =>
  character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/** A value of JSON as text without spaces, however deep it is nested. */
export function compactJson(value: unknown): string {
  try {
    return JSON.stringify(value, exactNumber) ?? "null";
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return deepJson(value); // it calls itself for some objects
  }
}

/** A thing to write: text as it is, or a value. */
type Part = { readonly text: string } | { readonly value: unknown };

function deepJson(value: unknown): string {
  const written: string[] = [];
  const rest: Part[] = [{ value }];
  for (let part = rest.pop(); part; part = rest.pop()) {
    if ("text" in part) {
      written.push(part.text);
    } else if (typeof part.value !== "object" || part.value === null) {
      written.push(JSON.stringify(part.value, exactNumber) ?? "null");
    } else {
      const parts = Array.isArray(part.value) ? arrayParts(part.value) : objectParts(part.value);
      for (const next of parts.reverse()) rest.push(next);
    }
  }
  return written.join("");
}

const arrayParts = (array: readonly unknown[]): Part[] => [
  { text: "[" },
  ...array.flatMap((value, at) => at === 0 ? [{ value }] : [{ text: "," }, { value }]),
  { text: "]" },
];

const objectParts = (object: object): Part[] => [
  { text: "{" },
  ...Object.entries(object).flatMap(([name, value], at) => [
    { text: `${at === 0 ? "" : ","}${JSON.stringify(name)}:` },
    { value },
  ]),
  { text: "}" },
];
