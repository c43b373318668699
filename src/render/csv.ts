import { stringify } from "csv-stringify/sync";

/** A field of CSV. */
export type Field = string | number | bigint | null;

/**
 * Records as CSV (RFC 4180), without the last line's end. Lines end as Unix tools expect, in a
 * line feed alone. A string that a spreadsheet would run as a formula has a `'` before it.
 */
export function csvText(
  titles: readonly string[],
  records: readonly (readonly Field[])[],
): string {
  if (titles.length === 0) return "";
  return stringify([titles, ...records], {
    eof: false,
    escape_formulas: true,
    // An empty line is no record to most programs.
    quoted_empty: titles.length === 1,
  });
}
