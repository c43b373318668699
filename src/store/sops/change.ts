import type { AccountId } from "../store.ts";
import { findAccount, OURS } from "./accounts.ts";
import { seal } from "./cipher.ts";
import { METADATA } from "./metadata.ts";
import { decodeKey, encodeKey } from "./names.ts";
import type { Entry, MapNode, Node } from "./node.ts";
import { findEntry, TreeError } from "./node.ts";
import type { Tree } from "./record.ts";
import { textOf } from "./record.ts";
import type { Writable } from "./render.ts";
import type { Splice } from "./text_edit.ts";
import { TreeEditor } from "./tree_edit.ts";
import type { Decrypted } from "./verified.ts";
import { placeOf } from "./verify.ts";

/** Works out what to change in a file's text so that an account's record is another. Throws {@link TreeError}. */
export class RecordChange {
  readonly #file: Decrypted;
  readonly #edit: TreeEditor;
  #sealed = 0;

  constructor(file: Decrypted) {
    this.#file = file;
    this.#edit = new TreeEditor(file.text, file.root);
  }

  /** What makes `record` the account's: nothing where it is already. */
  set(id: AccountId, record: Tree): Splice[] {
    const { root } = this.#file;
    const { ours, service, account } = findAccount(root, id);
    const path = [
      OURS,
      service?.key ?? encodeKey(id.service),
      account?.key ?? encodeKey(id.account),
    ];
    const [, serviceKey = "", accountKey = ""] = path;
    if (account && service?.value.kind === "map") {
      const splices = this.#differences(service.value, account, path, record);
      // Whose values were all there before: a new nonce for one, so that the version is a new one.
      if (splices.length === 0 || this.#sealed > 0) return splices;
      return [...splices, this.#renew(service.value, account, path, record)];
    }
    const sealed = this.#sealTree(record, path);
    if (service) return this.#add(service.value, new Map([[accountKey, sealed]]));
    const withService = new Map([[serviceKey, new Map([[accountKey, sealed]])]]);
    if (ours) return this.#add(ours.value, withService);
    return this.#edit.insert(root, new Map([[OURS, withService]]), findEntry(root, METADATA));
  }

  /** What takes the account away, and the places around it that would be left empty. */
  remove(id: AccountId): Splice[] {
    const { ours, service, account } = findAccount(this.#file.root, id);
    if (ours?.value.kind !== "map" || service?.value.kind !== "map" || !account) return [];
    const [map, gone] = service.value.entries.length > 1
      ? [service.value, account]
      : ours.value.entries.length > 1
      ? [ours.value, service]
      : [this.#file.root, ours];
    return this.#edit.remove(map, (entry) => entry === gone);
  }

  #differences(map: MapNode, entry: Entry, path: readonly string[], wanted: Tree): Splice[] {
    const { value: node } = entry;
    if (typeof wanted === "string") {
      if (node.kind !== "scalar") return this.#replace(map, entry, path, wanted);
      const leaf = this.#file.byNode.get(node);
      if (leaf?.isEncrypted && textOf(leaf) === wanted) return [];
      return [this.#edit.setText(node, this.#seal(wanted, path), map.style)];
    }
    const names = new Map([...wanted.keys()].map((key) => [decodeKey(key), key]));
    const keyOf = ({ key }: Entry) => names.get(decodeKey(key));
    const kept = node.kind === "map" ? node.entries.filter(keyOf) : [];
    if (node.kind !== "map" || kept.length === 0) return this.#replace(map, entry, path, wanted);
    const splices = this.#edit.remove(node, (member) => keyOf(member) === undefined);
    const added = new Map(wanted);
    for (const member of kept) {
      const key = keyOf(member) ?? member.key;
      added.delete(key);
      const value = wanted.get(key) ?? "";
      splices.push(...this.#differences(node, member, [...path, member.key], value));
    }
    if (added.size === 0) return splices;
    const sealed = new Map(
      [...added].map(([key, value]) => [key, this.#sealTree(value, [...path, key])]),
    );
    return [...splices, ...this.#edit.insert(node, sealed)];
  }

  #replace(map: MapNode, entry: Entry, path: readonly string[], wanted: Tree): Splice[] {
    return [this.#edit.replace(map, entry, this.#sealTree(wanted, path))];
  }

  #add(node: Node, entries: ReadonlyMap<string, Writable>): Splice[] {
    if (node.kind === "map") return this.#edit.insert(node, entries);
    return [this.#edit.fill(node, entries)];
  }

  /** Encrypts anew the first value that stays. */
  #renew(map: MapNode, entry: Entry, path: readonly string[], wanted: Tree): Splice {
    if (typeof wanted === "string") {
      if (entry.value.kind !== "scalar") throw new TreeError("it cannot be changed");
      return this.#edit.setText(entry.value, this.#seal(wanted, path), map.style);
    }
    const names = new Map([...wanted].map(([key, value]) => [decodeKey(key), value]));
    const inner = entry.value;
    const member = inner.kind === "map" &&
      inner.entries.find(({ key }) => names.has(decodeKey(key)));
    if (inner.kind !== "map" || !member) throw new TreeError("it cannot be changed");
    const value = names.get(decodeKey(member.key)) ?? "";
    return this.#renew(inner, member, [...path, member.key], value);
  }

  #sealTree(tree: Tree, path: readonly string[]): Writable {
    if (typeof tree === "string") return this.#seal(tree, path);
    return new Map([...tree].map(([key, value]) => [key, this.#sealTree(value, [...path, key])]));
  }

  #seal(text: string, path: readonly string[]): string {
    const { key, metadata: { rules } } = this.#file;
    if (!rules.isEncrypted(path)) {
      const shown = path.join("/");
      throw new TreeError(`its '${rules.name}' would leave '${shown}' unencrypted`);
    }
    this.#sealed++;
    return seal(key, text, placeOf(path));
  }
}
