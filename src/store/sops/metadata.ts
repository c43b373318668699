import type { MapNode, Node, ScalarNode } from "./node.ts";
import { findEntry, TreeError } from "./node.ts";
import type { Rules } from "./rules.ts";
import { readRules } from "./rules.ts";

/** The top-level key of what SOPS itself keeps in a file. */
export const METADATA = "sops";

/** Kinds of master keys that only SOPS can use. */
const FOREIGN_KEYS = ["pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms"];

/** The data key, encrypted for one age recipient. */
export interface WrappedKey {
  readonly recipient: string;
  /** An armored age file. */
  readonly enc: string;
  /** Where the item stands; both are undefined for one that is not in a file yet. */
  readonly node?: Node;
}

/** What a SOPS file says about itself (getsops/sops, `stores/stores.go`). Nothing of it is authenticated. */
export interface Metadata {
  readonly age: readonly WrappedKey[];
  /** The list of {@link age} in the file. */
  readonly ageNode: Node;
  readonly mac: ScalarNode;
  readonly lastModified: ScalarNode;
  readonly rules: Rules;
  /** The MAC covers encrypted values only. */
  readonly macOnlyEncrypted: boolean;
}

/** Reads the metadata of a parsed file. Throws {@link TreeError}. */
export function readMetadata(root: MapNode): Metadata {
  const map = findEntry(root, METADATA)?.value;
  if (map?.kind !== "map") throw new TreeError("it is not a SOPS file: its metadata is missing");
  const text = (name: string) => textAt(map, name)?.text;
  const required = (name: string) => {
    const node = textAt(map, name);
    if (!node?.text) throw new TreeError(`it is not a SOPS file: '${METADATA}.${name}' is missing`);
    return node;
  };
  if (findEntry(map, "key_groups") || findEntry(map, "shamir_threshold")) {
    throw new TreeError("its key is split among key groups, which vantage does not support");
  }
  const ageNode = findEntry(map, "age")?.value;
  const age = readKeys(ageNode);
  if (!ageNode || age.length === 0) {
    const foreign = FOREIGN_KEYS.find((name) => findEntry(map, name));
    throw new TreeError(
      foreign === undefined
        ? "it has no age recipient"
        : `it is encrypted for '${foreign}' only, and vantage supports age`,
    );
  }
  const only = findEntry(map, "mac_only_encrypted")?.value;
  return {
    age,
    ageNode,
    mac: required("mac"),
    lastModified: required("lastmodified"),
    rules: readRules(text),
    macOnlyEncrypted: only?.kind === "scalar" && only.signed?.toLowerCase() === "true",
  };
}

function readKeys(node: Node | undefined): WrappedKey[] {
  if (node?.kind !== "list") return [];
  return node.items.map((item) => {
    const [recipient, enc] = item.kind === "map"
      ? [textAt(item, "recipient")?.text, textAt(item, "enc")?.text]
      : [];
    if (recipient === undefined || enc === undefined) {
      throw new TreeError(`an item of '${METADATA}.age' is damaged`);
    }
    return { recipient, enc, node: item };
  });
}

function textAt(map: MapNode, name: string): ScalarNode | undefined {
  const value = findEntry(map, name)?.value;
  return value?.kind === "scalar" && value.text !== undefined ? value : undefined;
}
