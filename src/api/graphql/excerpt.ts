import { getLocation, type Source } from "graphql";

/** Columns of a line that are shown: a document may be one line of 50 kB. */
const WIDTH = 100;
/** How many of them lie before the fault, where the line is longer. */
const BEFORE = 60;

/** What has no column of its own, or another one than the reader thinks. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** What takes two columns of a terminal. */
const WIDE = /[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}！-｠]/u;

/** Where `offset` is (name:line:column, from 1), and that line with a caret under it. */
export function excerptAt(source: Source, offset: number): string {
  const { line, column } = getLocation(source, offset);
  const text = source.body.split(/\r\n|[\n\r]/)[line - 1] ?? "";
  const before = [...seen(text.slice(0, column - 1))];
  const after = [...seen(text.slice(column - 1))];
  const left = Math.min(before.length, Math.max(BEFORE, WIDTH - after.length));
  const shown = before.slice(before.length - left);
  const rest = after.slice(0, WIDTH - left);
  const cut = left < before.length ? "…" : "";
  const quoted = cut + shown.join("") + rest.join("") + (rest.length < after.length ? "…" : "");
  const indent = " ".repeat(cut.length) +
    shown.map((character) => WIDE.test(character) ? "  " : " ").join("");
  const number = `  ${line}`;
  return [
    `${seen(source.name)}:${line}:${column}`,
    `${number} | ${quoted}`.trimEnd(),
    `${" ".repeat(number.length)} | ${indent}^`,
  ].join("\n");
}

const seen = (text: string) => text.replace(UNSEEN, " ");
