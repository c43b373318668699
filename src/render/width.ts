let segmenter: Intl.Segmenter | undefined;

/** What a person sees as one character. Made on first use: it costs more than all of start-up. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** East Asian wide and fullwidth letters (UAX #11), by script, and their punctuation. */
const WIDE_LETTER =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const HALF_WIDTH = /^[\uff61-\uffdc]/;
/** Shown as a picture: by itself, or because a variation selector asks for it. */
const EMOJI = /^\p{Emoji_Presentation}|^\p{Emoji}\ufe0f/u;
const COMBINING = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

/** How many columns a terminal takes for `text`, which has no control characters. */
export function width(text: string): number {
  // Nearly all text, and much faster.
  // deno-lint-ignore no-control-regex -- the range of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes(text)) columns += graphemeWidth(segment);
  return columns;
}

function graphemeWidth(grapheme: string): number {
  if (COMBINING.test(grapheme)) return 0;
  const wide = WIDE_LETTER.test(grapheme) && !HALF_WIDTH.test(grapheme);
  return wide || EMOJI.test(grapheme) ? 2 : 1;
}

/** `text` in at most `columns` columns, its end replaced by `…` where it is longer. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = "";
  let left = columns - 1;
  for (const { segment } of graphemes(text)) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return kept + "…";
}
