import type { AST } from "toml-eslint-parser";

/**
 * The text of an array of strings that is written over several lines, changed to hold `next`.
 * Elements that stay keep their lines and comments; those that go take the comment beside them
 * along; new ones follow at the end. Undefined where that cannot be done line by line.
 */
export function editArrayLines(
  text: string,
  array: AST.TOMLArray,
  next: readonly string[],
  quote: (item: string) => string,
): string | undefined {
  const [start, end] = array.range;
  const lines = text.slice(start, end).split("\n");
  const firstLine = array.loc.start.line;
  const rows = array.elements.map((node) => ({ node, at: node.loc.start.line - firstLine }));
  const alone = rows.every(({ node, at }, index) =>
    at > 0 && at < lines.length - 1 && node.loc.end.line === node.loc.start.line &&
    rows[index + 1]?.at !== at
  );
  if (!alone || rows.length === 0) return undefined;

  const dropped = new Set<number>();
  let kept = 0;
  let last: number | undefined;
  for (const { node, at } of rows) {
    if (node.type === "TOMLValue" && kept < next.length && node.value === next[kept]) {
      kept++;
      last = at;
    } else dropped.add(at);
  }
  const added = next.slice(kept);
  const model = rows[0];
  if (!model) return undefined;
  const columnOf = (line: string) => line.length - line.trimStart().length;
  const indent = (lines[model.at] ?? "").slice(0, columnOf(lines[model.at] ?? ""));
  const carriageReturn = lines[0]?.endsWith("\r") ? "\r" : "";
  const fresh = added.map((item) => `${indent}${quote(item)},${carriageReturn}`);

  const result: string[] = [];
  lines.forEach((line, at) => {
    if (at === lines.length - 1 && last === undefined) result.push(...fresh);
    if (dropped.has(at)) return;
    if (at === last) {
      const row = rows.find((row) => row.at === at);
      result.push(row && fresh.length > 0 ? withComma(line, row.node) : line, ...fresh);
    } else result.push(line);
  });
  return result.join("\n");
}

/** The line of an element, with a comma after the element. */
function withComma(line: string, node: AST.TOMLContentNode): string {
  const end = node.loc.end.column;
  return /^\s*,/.test(line.slice(end)) ? line : `${line.slice(0, end)},${line.slice(end)}`;
}
