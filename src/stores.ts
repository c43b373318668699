import { dirname } from "node:path";
import type { Account } from "./config/account.ts";
import type { Config } from "./config/config_file.ts";
import type { Paths } from "./config/paths.ts";
import { resolvePath } from "./config/paths.ts";
import { VantageError } from "./errors.ts";
import { fileStore } from "./store/file.ts";
import { followMoves } from "./store/moved.ts";
import { remembered } from "./store/remembered.ts";
import type { PersistentStore, PersistentStoreName, Store, StoreName } from "./store/store.ts";
import type { System } from "./system.ts";

interface StoreParts {
  readonly system: System;
  readonly paths: () => Paths;
  readonly config: () => Promise<Config>;
  /** For a process that stays: its memory store, and records are read again only when they changed. */
  readonly memory?: Store | undefined;
}

/** The stores, each made when it is first asked for; only the file store is at hand at once. */
export class Stores {
  readonly #parts: StoreParts;
  readonly #made = new Map<StoreName, Promise<Store>>();

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /** Where an account's tokens are. */
  ofTokens({ settings }: Account): Promise<Store> {
    return this.#named(settings.store.value);
  }

  /** Where what nobody renews is: client secrets and API keys. */
  ofSecrets({ settings }: Account): Promise<Store> {
    return this.#named(settings.secondary_store?.value ?? settings.store.value);
  }

  #named(name: StoreName): Promise<Store> {
    const made = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  async #make(name: StoreName): Promise<Store> {
    const { system, memory } = this.#parts;
    if (name === "memory") {
      return memory ?? (await import("./store/memory.ts")).memoryStore(system.clock);
    }
    const store = await this.persistent(name);
    return followMoves(memory ? remembered(store) : store, (name) => this.#named(name));
  }

  /** A store itself, for who moves accounts. */
  async persistent(name: PersistentStoreName): Promise<PersistentStore> {
    const { system, paths } = this.#parts;
    const dir = paths().tokens;
    switch (name) {
      case "file":
        return fileStore(system.files, system.clock, dir);
      case "keyring":
        return (await import("./store/keyring.ts")).keyringStore(system, dir);
      case "sops":
        return await this.#sops(dir);
    }
  }

  /** The file of the store `sops`; undefined where the settings name none. */
  async sopsPath(): Promise<string | undefined> {
    const { system, config } = this.#parts;
    const { path: file, sops } = await config();
    return sops.path === undefined ? undefined : resolvePath(system, sops.path, dirname(file));
  }

  async #sops(dir: string): Promise<PersistentStore> {
    const { system, config } = this.#parts;
    const { path: file, sops } = await config();
    const base = dirname(file);
    const path = await this.sopsPath();
    if (path === undefined) {
      throw new VantageError("config_incomplete", "The store 'sops' has no file", {
        hint: "Write `path` and `recipients` below [storage.sops] with `vantage config edit`",
      });
    }
    const [{ sopsStore }, { sopsIdentities }] = await Promise.all([
      import("./store/sops.ts"),
      import("./store/sops/identities.ts"),
    ]);
    const identityFile = sops.identity_file === undefined
      ? undefined
      : resolvePath(system, sops.identity_file, base);
    return sopsStore({
      files: system.files,
      clock: system.clock,
      dir,
      path,
      recipients: sops.recipients ?? [],
      identities: sopsIdentities(system, identityFile),
    });
  }
}
