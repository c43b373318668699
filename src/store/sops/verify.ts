import { createHash, timingSafeEqual } from "node:crypto";
import type { Opened } from "./cipher.ts";
import { open } from "./cipher.ts";
import { goFloat } from "./go_float.ts";
import type { Metadata } from "./metadata.ts";
import { METADATA } from "./metadata.ts";
import type { MapNode, Node, ScalarNode } from "./node.ts";

/**
 * What a MAC begins with where it covers encrypted values only: SHA-256 of "sops", so that one
 * kind of MAC never passes for the other (getsops/sops, `MACOnlyEncryptedInitialization`).
 */
const ONLY_ENCRYPTED = Uint8Array.fromHex(
  "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69",
);

const utf8 = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** A value of the file with its place. Null has no bytes and is not among them. */
export interface Leaf {
  readonly path: readonly string[];
  readonly node: ScalarNode;
  readonly isEncrypted: boolean;
  /** The value decrypted, or as it is: what the MAC covers. */
  readonly plain: Uint8Array;
}

/** What was decrypted before, by place and ciphertext: only what changed is decrypted again. */
export type OpenedBefore = Map<string, Uint8Array>;

/** Why a file is refused. */
export class VerifyError extends Error {
  override readonly name = "VerifyError";
}

/** Decrypts every value of the file in its order. Throws {@link VerifyError} for one that is not authentic. */
export function decryptAll(
  root: MapNode,
  metadata: Metadata,
  key: Uint8Array,
  before: OpenedBefore,
): Leaf[] {
  const leaves: Leaf[] = [];
  const { isEncrypted } = metadata.rules;

  function visit(node: Node, path: readonly string[]): void {
    if (node.kind === "map") {
      for (const entry of node.entries) visit(entry.value, [...path, entry.key]);
    } else if (node.kind === "list") {
      for (const item of node.items) visit(item, path); // an index is no part of the place
    } else if (node.signed !== undefined) {
      const encrypted = isEncrypted(path);
      const plain = encrypted ? decrypt(node, path) : utf8.encode(node.signed);
      leaves.push({ path, node, isEncrypted: encrypted, plain });
    }
  }
  function decrypt(node: ScalarNode, path: readonly string[]): Uint8Array {
    const shown = path.join("/");
    if (node.text === undefined) throw new VerifyError(`'${shown}' is not encrypted`);
    if (node.text === "") return NOTHING; // SOPS does not encrypt the empty string
    const place = placeOf(path);
    const name = `${place}\n${node.text}`;
    const known = before.get(name);
    if (known !== undefined) return known;
    const opened = open(key, node.text, place);
    const plain = opened && canonical(opened);
    if (plain === undefined) {
      throw new VerifyError(`'${shown}' is damaged, or was moved there from elsewhere`);
    }
    before.set(name, plain);
    return plain;
  }

  for (const entry of root.entries) if (entry.key !== METADATA) visit(entry.value, [entry.key]);
  return leaves;
}

/** What a value is authenticated with: its keys. */
export const placeOf = (path: readonly string[]): string => path.map((key) => `${key}:`).join("");

/** The MAC over values in the file's order: SHA-512 in capital hexadecimal digits. */
export function macOf(leaves: readonly Leaf[], macOnlyEncrypted: boolean): string {
  const hash = createHash("sha512");
  if (macOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  for (const leaf of leaves) if (!macOnlyEncrypted || leaf.isEncrypted) hash.update(leaf.plain);
  return hash.digest("hex").toUpperCase();
}

/** Compares the file's MAC with the one of its values. Throws {@link VerifyError}. */
export function checkMac(metadata: Metadata, leaves: readonly Leaf[], key: Uint8Array): void {
  const stored = open(key, metadata.mac.text ?? "", macPlace(metadata.lastModified.text ?? ""));
  if (!stored) throw new VerifyError("its MAC, or the time it was made at, was changed");
  const ours = utf8.encode(macOf(leaves, metadata.macOnlyEncrypted));
  if (ours.length !== stored.bytes.length || !timingSafeEqual(ours, stored.bytes)) {
    throw new VerifyError("its MAC does not fit: a value was added, removed, exchanged or moved");
  }
}

/** What the MAC is authenticated with: the time, as Go prints it again (RFC 3339 without fractions). */
export const macPlace = (lastModified: string): string =>
  lastModified.replace(/\.\d+(?=Z|[+-]\d\d:\d\d$)/, "").replace(/\+00:00$/, "Z");

/** A decrypted value as the MAC covers it, undefined for a type that SOPS does not know. */
function canonical({ type, bytes }: Opened): Uint8Array | undefined {
  if (type === "str" || type === "bytes" || type === "time") return bytes;
  const text = new TextDecoder().decode(bytes);
  const again = canonicalText(type, text);
  return again === text ? bytes : again === undefined ? undefined : utf8.encode(again);
}

function canonicalText(type: string, text: string): string | undefined {
  switch (type) {
    case "int":
      return /^[-+]?\d+$/.test(text) ? BigInt(text).toString() : undefined;
    case "float":
      return Number.isNaN(Number(text)) ? undefined : goFloat(Number(text));
    case "bool":
      return text === "True" || text === "true"
        ? "True"
        : text === "False" || text === "false"
        ? "False"
        : undefined;
    default:
      return undefined;
  }
}
