import type { MapNode, Node, Span } from "./node.ts";
import { TreeError } from "./node.ts";

/** A stretch of the text and what takes its place. */
export interface Splice extends Span {
  readonly text: string;
}

/**
 * The text with every splice made, in whatever order they come. They must not overlap; what is
 * inserted at one place keeps its order, and stands before a stretch that begins there.
 */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = "";
  let at = 0;
  // By the end too: what is inserted at the end of a mapping is where the next entry begins,
  // which may be replaced, or go, by a splice that came first.
  for (const splice of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (splice.start < at) throw new TreeError("it cannot be changed without reformatting it");
    result += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return result + text.slice(at);
}

export const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;

/** Where the line after the one begins that a value ends on. */
export function nextLine(text: string, end: number): number {
  if (text[end - 1] === "\n") return end; // a block of lines ends with its last line
  const found = text.indexOf("\n", end);
  return found < 0 ? text.length : found + 1;
}

/** The end of a value's own text: a collection by indentation takes in what follows it. */
export function endOf(node: Node): number {
  if (node.kind === "scalar" || node.style === "flow") return node.end;
  const last = node.kind === "map" ? node.entries.at(-1)?.value : node.items.at(-1);
  return last ? endOf(last) : node.end;
}

/** One step of the file's indentation; undefined where all is on one line. SOPS's own otherwise. */
export function indentUnit(text: string, root: MapNode): string | undefined {
  const [first] = root.entries;
  if (root.style === "flow") {
    const gap = first ? text.slice(root.start + 1, first.keyStart) : "";
    return gap.includes("\n") && gap.trim() === ""
      ? gap.slice(gap.lastIndexOf("\n") + 1) || undefined
      : undefined;
  }
  for (const { keyStart, value } of root.entries) {
    const [inner] = value.kind === "map" && value.style === "block" ? value.entries : [];
    if (!inner) continue;
    const steps = columnOf(text, inner.keyStart) - columnOf(text, keyStart);
    if (steps > 0) return " ".repeat(steps);
  }
  return "    ";
}

export const columnOf = (text: string, at: number): number => at - lineStart(text, at);
