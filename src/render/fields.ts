import { plainLine } from "./plain.ts";
import type { ViewContext } from "./view.ts";

/** Aligned `name  value` lines; what has no value is left out. */
export function fields(
  entries: Readonly<Record<string, string | undefined>>,
  context: ViewContext,
): string {
  const known = Object.entries(entries).filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) =>
    `${context.style.dim(name.padEnd(width))}  ${plainLine(value!)}`
  ).join("\n");
}
