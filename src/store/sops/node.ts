/** A stretch of the file's text: offsets of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How a collection is written: with brackets, as all of JSON is, or by YAML's indentation. */
export type Style = "flow" | "block";

export interface MapNode extends Span {
  readonly kind: "map";
  readonly style: Style;
  /** In the file's order, which the MAC depends on. No two keys are the same. */
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: string;
  readonly keyStart: number;
  readonly value: Node;
}

export interface ListNode extends Span {
  readonly kind: "list";
  readonly style: Style;
  readonly items: readonly Node[];
}

export interface ScalarNode extends Span {
  readonly kind: "scalar";
  /** The value of a string, undefined for anything else. */
  readonly text: string | undefined;
  /** The value as the MAC covers it where it is not encrypted, undefined for null, which it passes over. */
  readonly signed: string | undefined;
}

/** A value of a JSON or YAML file that knows where it stands in the text. */
export type Node = MapNode | ListNode | ScalarNode;

/** The file's text cannot be taken as the tree that SOPS would see. */
export class TreeError extends Error {
  override readonly name = "TreeError";
}

/** The deepest nesting that is read: far more than people write, and no danger to the stack. */
export const MAX_DEPTH = 100;

export function findEntry(map: MapNode, key: string): Entry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** The keys of a map as they come, each at most once. Throws {@link TreeError}. */
export function refuseDuplicates(entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { key } of entries) {
    if (seen.has(key)) throw new TreeError(`the key '${key}' is there twice`);
    seen.add(key);
  }
}
