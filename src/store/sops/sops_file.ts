import type { SopsParts } from "../sops.ts";
import type { AccountId, Saved } from "../store.ts";
import { listAccounts } from "./accounts.ts";
import { readText } from "./place.ts";
import { RecordWriter } from "./record_writer.ts";
import { savedIn } from "./saved.ts";
import { Vault } from "./vault.ts";
import type { Decrypted } from "./verified.ts";

/** The SOPS file of a store: reads without a lock, and hands out what writes under one. */
export class SopsFile {
  readonly #parts: SopsParts;
  readonly #vault: Vault;

  constructor(parts: SopsParts) {
    this.#parts = parts;
    this.#vault = new Vault(parts);
  }

  async get(id: AccountId): Promise<Saved | undefined> {
    const file = await this.read();
    return file && savedIn(file, id, this.#parts.path);
  }

  async list(): Promise<AccountId[]> {
    const file = await this.read();
    return file ? listAccounts(file.root) : [];
  }

  /** The file as it is now, verified; undefined when there is none. */
  async read(): Promise<Decrypted | undefined> {
    const text = await readText(this.#parts.files, this.#parts.path);
    return text === undefined ? undefined : await this.#vault.read(text);
  }

  /** What writes an account's record, for the holder of the account's lock. */
  record(id: AccountId): RecordWriter {
    return new RecordWriter(this.#parts, this.#vault, id, () => this.read());
  }
}
