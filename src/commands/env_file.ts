import { VantageError } from "../errors.ts";

/** A variable of an env file. */
export interface EnvLine {
  readonly name: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

/** Everything that may stand between two variables. */
const BETWEEN = /(?:[ \t\r\n]|#[^\n]*)*/y;
const NAME = /(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
const SINGLE = /'([^']*)'/y;
const DOUBLE = /"((?:[^"\\]|\\[^])*)"/y;
/** Up to the end of the line, or to a `#` behind a blank. */
const BARE = /(?:(?![ \t]+#)[^\r\n])*/y;
const REST = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/**
 * Reads an env file: `NAME=value` lines with an optional `export`, comments, 'single quotes'
 * (as they are) and "double quotes" (with `\n`, `\r`, `\t`, `\"`, `\\`, `\$`), both of which may
 * go over several lines. Nothing is expanded. Throws `env_file_invalid`, which names the line and
 * never a value.
 */
export function parseEnvFile(text: string, path: string): EnvLine[] {
  const lines: EnvLine[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  if (text.startsWith("\uFEFF")) at = 1;
  while (true) {
    take(BETWEEN);
    if (at === text.length) return lines;
    const line = text.slice(0, at).split("\n").length;
    const wrong = (problem: string) => {
      const message = `Cannot read '${path}:${line}': ${problem}`;
      return new VantageError("env_file_invalid", message, {
        hint: `Write NAME=value, NAME='value' or NAME="value"`,
      });
    };
    const name = take(NAME)?.[1];
    if (name === undefined) throw wrong("it is not NAME=value");
    const quote = text[at];
    const value = valueOf(quote, take);
    if (value === undefined) throw wrong(`the quote ${quote} is not closed`);
    if (value.includes("\0")) throw wrong("it holds a NUL character");
    if (!take(REST)) throw wrong(`something follows the closing quote ${quote}`);
    lines.push({ name, value, line });
  }
}

function valueOf(
  quote: string | undefined,
  take: (pattern: RegExp) => RegExpExecArray | null,
): string | undefined {
  if (quote === "'") return take(SINGLE)?.[1];
  if (quote === '"') {
    return take(DOUBLE)?.[1]?.replace(
      /\\([^])/g,
      (whole, char) => ESCAPES[char] ?? (/["\\$]/.test(char) ? char : whole),
    );
  }
  // `NAME= # comment` has no value.
  if (quote === "#") return "";
  return take(BARE)?.[0].trimEnd();
}
