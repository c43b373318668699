import { isDeepStrictEqual } from "node:util";
import type { HeldLock } from "../../files.ts";
import { claimSpace, lockFile, temporaryPath, writeDurably } from "../../files.ts";
import type { OpenFile } from "../../system.ts";
import { FileError } from "../../system.ts";
import type { SopsParts } from "../sops.ts";
import type { AccountId, Expected, Fields, Saved } from "../store.ts";
import { conflict, formatAccount } from "../store.ts";
import { findAccount, OURS } from "./accounts.ts";
import { RecordChange } from "./change.ts";
import { generationOf } from "./generation.ts";
import { decodeKey, encodeKey } from "./names.ts";
import { claimPath, lockPath, writtenPath } from "./place.ts";
import { treeErrors, unusable } from "./problem.ts";
import { encodeFields } from "./record.ts";
import { savedIn } from "./saved.ts";
import type { Vault } from "./vault.ts";
import type { Decrypted } from "./verified.ts";
import type { Leaf } from "./verify.ts";

/** How long to wait for the file: others hold it for one write each, after which nothing is lost. */
const LOCK_TIMEOUT_MS = 30_000;

/** Space to claim beyond the file's size (bytes): several times what a record takes. */
const RESERVED_BYTES = 64 * 1024;

/** Writes one account's record into the file. Its user holds the account's lock. */
export class RecordWriter {
  readonly #parts: SopsParts;
  readonly #vault: Vault;
  readonly #id: AccountId;
  readonly #read: () => Promise<Decrypted | undefined>;
  #claim: { readonly file: OpenFile; readonly path: string } | undefined;

  constructor(
    parts: SopsParts,
    vault: Vault,
    id: AccountId,
    read: () => Promise<Decrypted | undefined>,
  ) {
    this.#parts = parts;
    this.#vault = vault;
    this.#id = id;
    this.#read = read;
  }

  async set(fields: Fields, expected: Expected): Promise<Saved> {
    const { path } = this.#parts;
    const written = await writtenPath(this.#parts.files, path);
    await using _lock = await this.#lock(written);
    const file = await this.#expect(expected) ?? await this.#vault.create();
    const wanted = encodeFields(fields);
    const splices = treeErrors(path, () => new RecordChange(file).set(this.#id, wanted));
    const changed = await this.#vault.change(file, splices, this.#isOurs) ?? file;
    const saved = savedIn(changed, this.#id, path);
    if (!saved || !isDeepStrictEqual(encodeFields(saved.fields), wanted)) {
      throw unusable(path, "it cannot hold these credentials");
    }
    if (changed !== file) await this.#write(written, changed.text);
    return saved;
  }

  async delete(expected: Expected): Promise<void> {
    const { path } = this.#parts;
    const written = await writtenPath(this.#parts.files, path);
    await using _lock = await this.#lock(written);
    const file = await this.#expect(expected);
    await this.release();
    await this.#parts.files.remove(temporaryPath(claimPath(written, formatAccount(this.#id))));
    if (!file || !findAccount(file.root, this.#id).account) return;
    const splices = treeErrors(path, () => new RecordChange(file).remove(this.#id));
    const changed = await this.#vault.change(file, splices, this.#isOurs);
    if (changed) await this.#write(written, changed.text);
  }

  /** Finds out what could keep a `set` from succeeding, and claims the space for it. */
  async reserve(): Promise<void> {
    const { files, path } = this.#parts;
    const written = await writtenPath(files, path);
    const file = await this.#read() ?? await this.#vault.create();
    await this.#vault.checkRecipients(file);
    const { rules } = file.metadata;
    const place = [OURS, encodeKey(this.#id.service), encodeKey(this.#id.account)];
    if (!rules.isEncrypted(place)) {
      throw unusable(path, `its '${rules.name}' would leave '${place.join("/")}' unencrypted`);
    }
    if (this.#claim) return;
    const claim = claimPath(written, formatAccount(this.#id));
    const mode = await this.#mode(written);
    const bytes = new TextEncoder().encode(file.text).length + RESERVED_BYTES;
    this.#claim = {
      file: await claimSpace(files, claim, bytes, mode),
      path: temporaryPath(claim),
    };
  }

  /** Gives back what was claimed and not used. */
  async release(): Promise<void> {
    const claim = this.#claim;
    this.#claim = undefined;
    if (!claim) return;
    claim.file.close();
    await this.#parts.files.remove(claim.path).catch(() => {}); // the next claim removes it too
  }

  async #lock(written: string): Promise<HeldLock> {
    const { files, clock, dir } = this.#parts;
    return await lockFile(files, clock, lockPath(dir, written), { timeoutMs: LOCK_TIMEOUT_MS });
  }

  /** The file as it is, where the record is the expected one. A file that does not verify is never replaced. */
  async #expect(expected: Expected): Promise<Decrypted | undefined> {
    const file = await this.#read();
    const record = file && findAccount(file.root, this.#id).account;
    const found = record && generationOf(record.value);
    if (expected !== "any" && expected !== found) throw conflict(this.#id);
    return file;
  }

  readonly #isOurs = ({ path: [ours, service = "", account = ""] }: Leaf): boolean =>
    ours === OURS && decodeKey(service) === this.#id.service &&
    decodeKey(account) === this.#id.account;

  async #write(written: string, text: string): Promise<void> {
    const { files } = this.#parts;
    const claimed = await this.#useClaim(written);
    await writeDurably(files, written, text, await this.#mode(written), claimed);
  }

  /** The claimed space in the place that the write goes through, where nobody else is now. */
  async #useClaim(written: string): Promise<OpenFile | undefined> {
    const claim = this.#claim;
    if (!claim) return undefined;
    try {
      await this.#parts.files.rename(claim.path, temporaryPath(written));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await this.release(); // Windows may not rename an open file: the write makes its own
      return undefined;
    }
    this.#claim = undefined;
    return claim.file;
  }

  /** What the file's mode is, which Git keeps a part of; a new file is the user's alone. */
  async #mode(written: string): Promise<number> {
    return ((await this.#parts.files.stat(written))?.mode ?? 0o600) & 0o777;
  }
}
