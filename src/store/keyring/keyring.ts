/**
 * A keyring of the platform, as items of text under names. An item is replaced or removed as a
 * whole, so a reader sees its old or its new text; two items are not changed together.
 *
 * Every method throws `VantageError` with a `store_…` code.
 */
export interface Keyring extends Disposable {
  /** The longest text of an item (characters). */
  readonly longest: number;
  get(name: string): Promise<string | undefined>;
  /** Makes or replaces an item. `text` is ASCII on one line. */
  set(name: string, text: string): Promise<void>;
  /** Removes an item; nothing happens when there is none. */
  delete(name: string): Promise<void>;
  /** The names of our items: of all accounts, or of the one whose {@link groupOf} this is. */
  list(group?: string): Promise<string[]>;
}
