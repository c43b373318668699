import { type Value, Variant } from "./dbus/value.ts";
import { groupOfItem, NAMESPACE } from "./item_names.ts";
import type { Keyring } from "./keyring.ts";
import { locked, missing } from "./problems.ts";
import { SECRET, SecretObjects } from "./secret_objects.ts";
import { serviceErrors } from "./secret_service_errors.ts";

const SERVICE_PATH = "/org/freedesktop/secrets";

/** The collection that a login unlocks, for where nobody has chosen a default. */
const LOGIN_PATH = "/org/freedesktop/secrets/collection/login";

/** The path that stands for no object, and for no prompt. */
const NONE = "/";

/** Tells our items from those of other programs. */
const SCHEMA = "ai.vantagecompute.vantage.Credentials";

/** How many questions about items may wait for their answers at a time. */
const MOST_AT_ONCE = 200;

/**
 * Far above what a session takes, so that a record is one item; and well within the memory that
 * a keyring may lock (64 KiB for a user, by the kernel's old default).
 */
const LONGEST = 32 * 1024;

/** A collection of the Secret Service as a keyring. It closes the bus when it is disposed of. */
export class SecretCollection implements Keyring {
  readonly longest = LONGEST;

  private constructor(
    readonly objects: SecretObjects,
    /** How secrets travel: as they are, over a socket that is the user's own. */
    readonly session: string,
    readonly path: string,
    readonly progress: () => void,
  ) {}

  /**
   * The default collection. `progress` is called whenever the service has done something. Throws
   * `store_missing`, `store_locked` and what the bus does.
   */
  static async open(objects: SecretObjects, progress: () => void): Promise<SecretCollection> {
    const plain = ["plain", new Variant("s", "")];
    const [[, session], [alias]] = await Promise.all([
      objects.call(SERVICE_PATH, "Service", ["OpenSession", "sv", plain, "vo"]),
      objects.call(SERVICE_PATH, "Service", ["ReadAlias", "s", ["default"], "o"]),
    ]);
    const path = alias === NONE ? LOGIN_PATH : alias as string;
    // Looked at first, because what is asked of a locked collection may open a dialog.
    const isLocked = await objects.property(path, "Collection", "Locked", "b");
    if (isLocked === undefined) {
      throw missing("there is no default keyring", "Make one with the desktop's keyring program");
    }
    if (isLocked) throw locked();
    return new SecretCollection(objects, session as string, path, progress);
  }

  get(name: string): Promise<string | undefined> {
    return this.#attempt(async () => {
      // A service may replace an item by making another: then it is looked for again.
      for (let tries = 0; tries < 3; tries++) {
        const [item] = await this.#find(attributesOf(name));
        if (item === undefined) return undefined;
        const answer = await this.objects.callIfThere(
          item,
          "Item",
          ["GetSecret", "o", [this.session], "(oayays)"],
        );
        const secret = answer?.[0] as readonly Value[] | undefined;
        if (secret) return new TextDecoder().decode(secret[2] as Uint8Array);
      }
      return undefined;
    });
  }

  set(name: string, text: string): Promise<void> {
    return this.#attempt(async () => {
      const properties = new Map([
        [`${SECRET}.Item.Label`, new Variant("s", name)],
        [`${SECRET}.Item.Attributes`, new Variant("a{ss}", attributesOf(name))],
      ]);
      const bytes = new TextEncoder().encode(text);
      const secret = [this.session, new Uint8Array(), bytes, "text/plain"];
      const replace = true;
      const [item, prompt] = await this.objects.call(
        this.path,
        "Collection",
        ["CreateItem", "a{sv}(oayays)b", [properties, secret, replace], "oo"],
      );
      if (prompt !== NONE || item === NONE) throw locked();
    });
  }

  delete(name: string): Promise<void> {
    return this.#attempt(async () => {
      for (const item of await this.#find(attributesOf(name))) {
        const answer = await this.objects.callIfThere(item, "Item", ["Delete", "", [], "o"]);
        if (answer && answer[0] !== NONE) throw locked();
      }
    });
  }

  list(group?: string): Promise<string[]> {
    return this.#attempt(async () => {
      const attributes = new Map([["xdg:schema", SCHEMA]]);
      if (group !== undefined) attributes.set("group", group);
      const items = await this.#find(attributes);
      const names = new Set<string>();
      for (let at = 0; at < items.length; at += MOST_AT_ONCE) {
        const some = items.slice(at, at + MOST_AT_ONCE);
        for (const name of await Promise.all(some.map((item) => this.#nameOf(item)))) {
          if (name?.startsWith(`${NAMESPACE}/`)) names.add(name);
        }
        this.progress();
      }
      return [...names];
    });
  }

  [Symbol.dispose](): void {
    this.objects[Symbol.dispose]();
  }

  /** The collection's items that have all of `attributes`. */
  async #find(attributes: ReadonlyMap<string, string>): Promise<string[]> {
    const method = ["SearchItems", "a{ss}", [attributes], "ao"] as const;
    const [items] = await this.objects.call(this.path, "Collection", method);
    return items as string[];
  }

  async #nameOf(item: string): Promise<string | undefined> {
    const attributes = await this.objects.property(item, "Item", "Attributes", "a{ss}");
    return (attributes as ReadonlyMap<string, string> | undefined)?.get("name");
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    const result = await serviceErrors(work);
    this.progress();
    return result;
  }
}

/** What an item is found by, also by a person: `secret-tool search name NAME`. */
function attributesOf(name: string): ReadonlyMap<string, string> {
  return new Map([["xdg:schema", SCHEMA], ["group", groupOfItem(name)], ["name", name]]);
}
