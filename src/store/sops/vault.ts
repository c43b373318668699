import { randomBytes } from "node:crypto";
import type { Clock } from "../../system.ts";
import { unwrapKey, wrapKey } from "./age.ts";
import { seal } from "./cipher.ts";
import type { Identities } from "./identities.ts";
import type { WrappedKey } from "./metadata.ts";
import type { ScalarNode } from "./node.ts";
import { keyProblem, treeErrors, unusable } from "./problem.ts";
import { newFile } from "./new_file.ts";
import { editRecipients } from "./recipients_edit.ts";
import type { Splice } from "./text_edit.ts";
import { applySplices } from "./text_edit.ts";
import { TreeEditor } from "./tree_edit.ts";
import type { Decrypted, Format, Parsed } from "./verified.ts";
import { decrypt, formatOf, parse, verify } from "./verified.ts";
import type { Leaf, OpenedBefore } from "./verify.ts";
import { macOf, macPlace } from "./verify.ts";

export interface VaultParts {
  readonly clock: Clock;
  readonly path: string;
  /** The age recipients that the file is to be encrypted for; none: those it has. */
  readonly recipients: readonly string[];
  readonly identities: () => Promise<Identities>;
}

/**
 * Turns a SOPS file's text into verified values, and a change of them into a new text. What it
 * worked out for one text it keeps for the next: the data key and every value's plain text.
 */
export class Vault {
  readonly #parts: VaultParts;
  readonly #format: Format;
  #latest: Decrypted | undefined;
  #opened: OpenedBefore = new Map();
  #dataKey: { readonly wrapped: string; readonly key: Uint8Array } | undefined;

  constructor(parts: VaultParts) {
    this.#parts = parts;
    this.#format = formatOf(parts.path);
  }

  /** Decrypts and verifies a file's text. Throws `store_format`, `store_key` and `store_tampered`. */
  async read(text: string): Promise<Decrypted> {
    if (this.#latest?.text === text) return this.#latest;
    const parsed = await parse(text, this.#format, this.#parts.path);
    return this.#keep(verify(parsed, await this.#keyOf(parsed), this.#opened, this.#parts.path));
  }

  /** A file with nothing in it, for the configured recipients. Throws `store_key`. */
  async create(): Promise<Decrypted> {
    const { path, recipients } = this.#parts;
    if (recipients.length === 0) {
      throw keyProblem(
        `Cannot create ${path}: no recipient is set to encrypt it for`,
        "Set `recipients` below [storage.sops]: `age-keygen -y KEYFILE` prints yours",
      );
    }
    const key = new Uint8Array(randomBytes(32));
    const wrapped = await Promise.all(unique(recipients).map((each) => wrapKey(key, each)));
    const parsed = await parse(newFile(this.#format, wrapped), this.#format, path);
    await this.#refuseToLockOut(wrapped);
    return decrypt(parsed, key, new Map(), path);
  }

  /**
   * The file's text with `splices` made, its MAC and time anew, and encrypted for the configured
   * recipients; undefined when nothing changes. `isOurs` tells the values that may differ.
   */
  async change(
    file: Decrypted,
    splices: readonly Splice[],
    isOurs: (leaf: Leaf) => boolean,
  ): Promise<Decrypted | undefined> {
    const { path, clock } = this.#parts;
    const age = await this.#recipientsOf(file);
    if (splices.length === 0 && !age) return undefined;

    const edited = treeErrors(path, () => applySplices(file.text, splices));
    const draft = decrypt(await parse(edited, this.#format, path), file.key, this.#opened, path);
    requireSame(file.leaves, draft.leaves, isOurs, path);

    const time = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
    const { mac, lastModified, macOnlyEncrypted } = draft.metadata;
    const sealed = seal(file.key, macOf(draft.leaves, macOnlyEncrypted), macPlace(time));
    const edit = new TreeEditor(edited, draft.root);
    const setText = (node: ScalarNode, value: string) =>
      edit.setText(node, value, draft.root.style);
    const text = treeErrors(path, () =>
      applySplices(edited, [
        setText(mac, sealed),
        setText(lastModified, time),
        ...age ? editRecipients(edited, draft.metadata, placed(age, draft)) : [],
      ]));
    // What could not be read again is never written.
    const result = await parse(text, this.#format, path);
    return this.#keep(verify(result, file.key, this.#opened, path));
  }

  #keep(file: Decrypted): Decrypted {
    this.#latest = file;
    return file;
  }

  /** The data key, asked of the person's identities once for as long as it is wrapped alike. */
  async #keyOf({ metadata }: Parsed): Promise<Uint8Array> {
    const wrapped = JSON.stringify(metadata.age.map(({ enc }) => enc));
    if (this.#dataKey?.wrapped === wrapped) return this.#dataKey.key;
    const key = await unwrapKey(metadata.age, await this.#parts.identities(), this.#parts.path);
    this.#opened = new Map(); // what another key opened
    this.#dataKey = { wrapped, key };
    return key;
  }

  /** The data key for exactly the configured recipients; undefined where the file has those. */
  async #recipientsOf({ metadata, key }: Decrypted): Promise<WrappedKey[] | undefined> {
    const wanted = unique(this.#parts.recipients);
    const has = new Map(metadata.age.map((wrapped) => [wrapped.recipient.trim(), wrapped]));
    const isSame = metadata.age.length === wanted.length && wanted.every((each) => has.has(each));
    if (wanted.length === 0 || isSame) return undefined;
    const wrapped = await Promise.all(wanted.map((each) => has.get(each) ?? wrapKey(key, each)));
    await this.#refuseToLockOut(wrapped);
    return wrapped;
  }

  /** Throws `store_key` where the configured recipients cannot be written. */
  async checkRecipients(file: Decrypted): Promise<void> {
    await this.#recipientsOf(file);
  }

  /** Refuses to write what the person could not read any more. */
  async #refuseToLockOut(wrapped: readonly WrappedKey[]): Promise<void> {
    const { path, identities } = this.#parts;
    await unwrapKey(wrapped, await identities(), path);
  }
}

const unique = (
  recipients: readonly string[],
) => [...new Set(recipients.map((each) => each.trim()))];

/** Wrapped keys where they stand in another version of the file. */
function placed(age: readonly WrappedKey[], { metadata }: Parsed): WrappedKey[] {
  return age.map((wrapped) =>
    wrapped.node === undefined
      ? wrapped
      : metadata.age.find(({ enc }) => enc === wrapped.enc) ?? wrapped
  );
}

/** Refuses an edit that would change anybody else's value, or their order. */
function requireSame(
  before: readonly Leaf[],
  after: readonly Leaf[],
  isOurs: (leaf: Leaf) => boolean,
  path: string,
): void {
  const names = (leaves: readonly Leaf[]) =>
    leaves.filter((leaf) => !isOurs(leaf))
      .map((leaf) => JSON.stringify([leaf.path, leaf.node.text, leaf.node.signed]));
  const [old, now] = [names(before), names(after)];
  if (old.length !== now.length || old.some((name, index) => name !== now[index])) {
    throw unusable(path, "it cannot be changed without touching other values");
  }
}
