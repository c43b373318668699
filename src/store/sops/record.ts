import type { Fields } from "../store.ts";
import { decodeKey, encodeKey } from "./names.ts";
import type { Node, ScalarNode } from "./node.ts";
import { TreeError } from "./node.ts";
import type { Leaf } from "./verify.ts";
import { VerifyError } from "./verify.ts";

/** A record as it is to be in the file: strings that are not empty, in mappings that are not. */
export type Tree = string | ReadonlyMap<string, Tree>;

/**
 * Begins the text of whatever is not a string that SOPS keeps safely. A list is such a value:
 * `[a]` and `a` have the same place and the same MAC. So has null, an empty mapping and an empty
 * string, which SOPS leaves out of the MAC, and a number, whose type it does not authenticate.
 */
const JSON_MARK = "json:";

/** The deepest mappings that are written as such; what is below is one JSON text. */
const MAX_TREE_DEPTH = 8;

/** A record's fields as a tree in which nothing can be changed unnoticed. */
export function encodeFields(fields: Fields): Tree {
  return encode(JSON.parse(JSON.stringify(fields)), 0); // as any store keeps them: JSON
}

function encode(value: unknown, depth: number): Tree {
  if (typeof value === "string") {
    const isPlain = value !== "" && !value.startsWith(JSON_MARK) && value.isWellFormed();
    return isPlain ? value : JSON_MARK + JSON.stringify(value);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const members = Object.entries(value);
    if (
      members.length > 0 && depth < MAX_TREE_DEPTH && members.every(([name]) => name.isWellFormed())
    ) {
      return new Map(members.map(([name, member]) => [encodeKey(name), encode(member, depth + 1)]));
    }
  }
  return JSON_MARK + JSON.stringify(value);
}

/** The fields that {@link encodeFields} was given. Throws {@link VerifyError} and {@link TreeError}. */
export function decodeFields(
  node: Node,
  leaves: ReadonlyMap<ScalarNode, Leaf>,
  path: readonly string[],
): Fields {
  const fields = decode(node, leaves, path);
  if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) {
    return fields as Fields;
  }
  throw new TreeError(`'${path.join("/")}' does not hold credentials`);
}

function decode(
  node: Node,
  leaves: ReadonlyMap<ScalarNode, Leaf>,
  path: readonly string[],
): unknown {
  const shown = path.join("/");
  if (node.kind === "map") {
    if (node.entries.length === 0) throw new VerifyError(`'${shown}' is empty`);
    const members = node.entries.map(({ key, value }) =>
      [decodeKey(key), decode(value, leaves, [...path, key])] as const
    );
    const names = new Set(members.map(([name]) => name));
    if (names.size < members.length) throw new TreeError(`'${shown}' has a key twice`);
    return Object.fromEntries(members); // which makes members even of dangerous names
  }
  const leaf = node.kind === "scalar" ? leaves.get(node) : undefined;
  if (!leaf || leaf.plain.length === 0) throw new VerifyError(`'${shown}' is empty`);
  if (!leaf.isEncrypted) throw new TreeError(`'${shown}' is not encrypted`);
  const text = textOf(leaf);
  if (!text.startsWith(JSON_MARK)) return text;
  try {
    return JSON.parse(text.slice(JSON_MARK.length));
  } catch {
    throw new TreeError(`'${shown}' begins with '${JSON_MARK}' and is not JSON`);
  }
}

/** A decrypted value as text. Its type says nothing: it is not authenticated. */
export function textOf(leaf: Leaf): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(leaf.plain);
  } catch {
    throw new TreeError(`'${leaf.path.join("/")}' is not text`);
  }
}
