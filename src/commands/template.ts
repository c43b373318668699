/** A place of a template that holds a reference. */
export interface Placeholder {
  readonly reference: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
}

/** A template in parts: text that stays, and places to be filled. */
export type TemplatePart = string | Placeholder | UnclosedPlaceholder;

/** A reference behind `{{` that no `}}` follows on its line. */
export interface UnclosedPlaceholder {
  readonly unclosed: true;
  readonly line: number;
  readonly column: number;
}

/**
 * Backslashes, `{{`, and what makes it ours: anything else between braces belongs to another
 * template language and stays.
 */
const OPENING = /(\\*)\{\{[ \t]*(?=auth:\/\/|(?:vals:)?ref\+)/g;
const REFERENCE = /((?:(?!\}\})[^\r\n])*)\}\}/y;

/**
 * Splits a template. `{{ auth://… }}` and `{{ ref+… }}` are to be filled, blanks around the
 * reference are optional. A backslash in front (`\{{ auth://… }}`) keeps the braces, and two
 * stand for one.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let done = 0;
  for (const opening of text.matchAll(OPENING)) {
    if (opening.index < done) continue;
    const [whole, backslashes = ""] = opening;
    const braces = opening.index + backslashes.length;
    parts.push(text.slice(done, opening.index) + "\\".repeat(Math.floor(backslashes.length / 2)));
    done = braces;
    if (backslashes.length % 2 === 1) continue;
    REFERENCE.lastIndex = opening.index + whole.length;
    const match = REFERENCE.exec(text);
    const place = placeOf(text, braces);
    parts.push(match ? { ...place, reference: match[1]!.trim() } : { ...place, unclosed: true });
    done = match ? REFERENCE.lastIndex : opening.index + whole.length;
  }
  parts.push(text.slice(done));
  return parts;
}

function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: [...before.at(-1)!].length + 1 };
}
