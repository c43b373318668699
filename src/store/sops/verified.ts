import { checkShape } from "./accounts.ts";
import type { Metadata } from "./metadata.ts";
import { readMetadata } from "./metadata.ts";
import type { MapNode, ScalarNode } from "./node.ts";
import { tampered, treeErrors, unusable } from "./problem.ts";
import type { Leaf, OpenedBefore } from "./verify.ts";
import { checkMac, decryptAll, VerifyError } from "./verify.ts";

export type Format = "json" | "yaml";

/** A parsed file, not yet decrypted. */
export interface Parsed {
  readonly text: string;
  readonly root: MapNode;
  readonly metadata: Metadata;
}

/** A file whose values are decrypted; {@link verify} has checked the MAC of one that was read. */
export interface Decrypted extends Parsed {
  readonly key: Uint8Array;
  /** In the file's order. */
  readonly leaves: readonly Leaf[];
  readonly byNode: ReadonlyMap<ScalarNode, Leaf>;
}

/** The format that a file's name tells, as it tells SOPS. Throws `store_format`. */
export function formatOf(path: string): Format {
  const extension = /\.(json|ya?ml)$/i.exec(path)?.[1]?.toLowerCase();
  if (extension !== undefined) return extension === "json" ? "json" : "yaml";
  throw unusable(
    path,
    "its name does not tell its format",
    "Let `path` below [storage.sops] end in .json or .yaml",
  );
}

/** Parses a file's text. Throws `store_format`. */
export async function parse(text: string, format: Format, path: string): Promise<Parsed> {
  // Where bytes were no UTF-8 there is such a character now, and a change would write it back.
  if (text.includes("\uFFFD")) throw unusable(path, "it is not UTF-8 text");
  const { parseJson } = await import("./json_tree.ts");
  const parseTree = format === "json" ? parseJson : (await import("./yaml_tree.ts")).parseYaml;
  return treeErrors(path, () => {
    const root = parseTree(text);
    return { text, root, metadata: readMetadata(root) };
  });
}

/** Decrypts every value. Throws `store_tampered` and `store_format`. */
export function decrypt(
  parsed: Parsed,
  key: Uint8Array,
  before: OpenedBefore,
  path: string,
): Decrypted {
  return verifyErrors(path, () => {
    checkShape(parsed.root);
    const leaves = decryptAll(parsed.root, parsed.metadata, key, before);
    const byNode = new Map(leaves.map((leaf) => [leaf.node, leaf]));
    return { ...parsed, key, leaves, byNode };
  });
}

/** Decrypts every value and checks the MAC. Throws `store_tampered` and `store_format`. */
export function verify(
  parsed: Parsed,
  key: Uint8Array,
  before: OpenedBefore,
  path: string,
): Decrypted {
  const decrypted = decrypt(parsed, key, before, path);
  verifyErrors(path, () => checkMac(decrypted.metadata, decrypted.leaves, key));
  return decrypted;
}

/** Runs `operation`; what does not verify, or is no tree of ours, becomes the file's error. */
export function verifyErrors<T>(path: string, operation: () => T): T {
  return treeErrors(path, () => {
    try {
      return operation();
    } catch (error) {
      if (error instanceof VerifyError) throw tampered(path, error.message);
      throw error;
    }
  });
}
