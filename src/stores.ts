import { dirname } from "node:path";
import type { Account } from "./config/account.ts";
import type { Config } from "./config/config_file.ts";
import type { Paths } from "./config/paths.ts";
import { resolvePath } from "./config/paths.ts";
import { VantageError } from "./errors.ts";
import { fileStore } from "./store/file.ts";
import { followMoves } from "./store/moved.ts";
import type { Store, StoreName } from "./store/store.ts";
import type { System } from "./system.ts";

interface StoreParts {
  readonly system: System;
  readonly paths: () => Paths;
  readonly config: () => Promise<Config>;
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
    return this.#following(settings.store.value);
  }

  /** Where what nobody renews is: client secrets and API keys. */
  ofSecrets({ settings }: Account): Promise<Store> {
    return this.#following(settings.secondary_store?.value ?? settings.store.value);
  }

  /** A store itself, for who moves accounts. */
  named(name: StoreName): Promise<Store> {
    const made = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  async #following(name: StoreName): Promise<Store> {
    return followMoves(await this.named(name), (name) => this.named(name));
  }

  async #make(name: StoreName): Promise<Store> {
    const { system, paths } = this.#parts;
    const { files, clock } = system;
    switch (name) {
      case "file":
        return fileStore(files, clock, paths().tokens);
      case "memory":
        return (await import("./store/memory.ts")).memoryStore(clock);
      case "keyring":
      case "sops":
        throw new VantageError("store_unusable", `${name} ${dirname(resolvePath(system, "", ""))}`);
    }
  }
}
