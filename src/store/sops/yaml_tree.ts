import type { Document, Node as YamlNode, Scalar as YamlScalar } from "yaml";
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import type { Entry, MapNode, Node } from "./node.ts";
import { MAX_DEPTH, refuseDuplicates, TreeError } from "./node.ts";
import { resolvePlain } from "./yaml_scalar.ts";

/** Parses a YAML file as SOPS does: one document whose top is a mapping. Throws {@link TreeError}. */
export function parseYaml(text: string): MapNode {
  if (text.trim() === "") throw new TreeError("it is empty");
  // Every scalar as text: SOPS reads plain ones by rules of its own, which are in yaml_scalar.ts.
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    uniqueKeys: false, // ours is the faster check, and tells which
    prettyErrors: false,
    logLevel: "error",
    resolveKnownTags: false,
  }) as Document.Parsed[];
  const [document, ...more] = documents;
  if (!document) throw new TreeError("it is empty");
  const [error] = documents.flatMap((each) => each.errors);
  if (error) throw new TreeError(`line ${lineAt(text, error.pos[0])} is not YAML`);
  if (more.length > 0) throw new TreeError("it holds more than one YAML document");
  if (!isMap(document.contents)) throw new TreeError("it is not a mapping");
  return convert(document.contents, text, 0) as MapNode;
}

function convert(node: YamlNode | null, text: string, depth: number): Node {
  if (!node?.range) throw new TreeError("it holds a value that has no place");
  const [start, end] = node.range;
  const refuse = (what: string): never => {
    throw new TreeError(`line ${lineAt(text, start)} uses ${what}, which vantage does not support`);
  };
  if (depth > MAX_DEPTH) throw new TreeError("it is nested too deeply");
  if (isAlias(node) || (isScalar(node) || isMap(node) || isSeq(node)) && node.anchor) {
    return refuse("an anchor or alias");
  }
  if (node.tag !== undefined) return refuse("a tag");
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): Entry => {
      if (!isScalar(key) || !key.range || key.tag !== undefined || key.anchor) {
        return refuse("a key that is not plain text");
      }
      const [keyStart, keyEnd] = key.range;
      // Of a key without a colon, as in `{a}`, there is no node.
      const valueNode = value ? convert(value as YamlNode, text, depth + 1) : nothing(text, keyEnd);
      return { key: textOf(key), keyStart, value: valueNode };
    });
    refuseDuplicates(entries);
    return { kind: "map", style: node.flow ? "flow" : "block", start, end, entries };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => convert(item as YamlNode | null, text, depth + 1));
    return { kind: "list", style: node.flow ? "flow" : "block", start, end, items };
  }
  if (!isScalar(node)) return refuse("an unknown kind of value");
  if (start === end) return nothing(text, start);
  const value = textOf(node);
  if (node.type !== "PLAIN") return { kind: "scalar", start, end, text: value, signed: value };
  const { isText, signed } = resolvePlain(value);
  return { kind: "scalar", start, end, text: isText ? value : undefined, signed };
}

/** Null where no value is written: right behind its key or colon, before spaces and a comment. */
function nothing(text: string, at: number): Node {
  const place = text.slice(0, at).trimEnd().length;
  return { kind: "scalar", start: place, end: place, text: undefined, signed: undefined };
}

const textOf = (scalar: YamlScalar) => scalar.value === null ? "" : String(scalar.value);

const lineAt = (text: string, offset: number) => text.slice(0, offset).split("\n").length;
