import { stripVTControlCharacters } from "node:util";

// deno-lint-ignore no-control-regex -- finding control characters is the purpose
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Characters that reorder or hide text around them, and those that nobody sees. */
const INVISIBLE =
  /[\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * Text from outside, safe to show: without escape sequences, control characters and
 * characters that reorder text. Newlines and tabs stay.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, "").replace(INVISIBLE, "");
}

/** The same on one line, so that it cannot pass itself off as a line of ours. */
export const plainLine = (text: string): string => plain(text).replace(/\s+/g, " ");
