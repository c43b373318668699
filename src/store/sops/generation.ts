import { createHash } from "node:crypto";
import type { Node } from "./node.ts";

/**
 * Names a version of a record: 52 bits of a hash of its ciphertext. A counter in the file would
 * show in every diff. Each ciphertext is made with a nonce of its own, so none comes again.
 */
export function generationOf(record: Node): number {
  const hash = createHash("sha256");
  const visit = (node: Node, path: readonly string[]): void => {
    if (node.kind === "scalar") hash.update(JSON.stringify([path, node.text ?? null]));
    else if (node.kind === "map") {
      for (const { key, value } of node.entries) visit(value, [...path, key]);
    }
  };
  visit(record, []);
  return parseInt(hash.digest("hex").slice(0, 13), 16);
}
