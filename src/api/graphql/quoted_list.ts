/** Names that an error lists at most: a hint is a line. */
const MOST = 12;

/** Names for a hint: `'a', 'b' and 3 more`. */
export function quotedList(names: readonly string[]): string {
  const shown = names.slice(0, MOST).map((name) => `'${name}'`).join(", ");
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown;
}
