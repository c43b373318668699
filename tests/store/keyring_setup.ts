import { keyringStore } from "../../src/store/keyring.ts";
import type { Keyring } from "../../src/store/keyring/keyring.ts";
import type { KeyringSystem } from "../../src/store/keyring/open_keyring.ts";
import type { Store } from "../../src/store/store.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

/** A keyring in memory that can be interfered with before and after each of its steps. */
export class MemoryKeyring implements Keyring {
  readonly items = new Map<string, string>();
  /** Called around every get, set, delete and list, which are counted from 0. */
  interfere: (step: number, moment: "before" | "after") => void | Promise<void> = () => {};
  steps = 0;

  constructor(readonly longest = 100) {}

  get = (name: string) => this.#step(() => this.items.get(name));

  set = (name: string, text: string) =>
    this.#step(() => {
      if (text.length > this.longest || !/^[ -~]*$/.test(text)) throw new Error("Not an item");
      this.items.set(name, text);
    });

  delete = (name: string) => this.#step(() => void this.items.delete(name));

  list = (group = "vantage") =>
    this.#step(() => [...this.items.keys()].filter((name) => name.startsWith(`${group}/`)));

  [Symbol.dispose](): void {}

  async #step<T>(work: () => T): Promise<T> {
    const step = this.steps++;
    await this.interfere(step, "before");
    const result = work();
    await this.interfere(step, "after");
    return result;
  }
}

export interface StoreSetup extends AsyncDisposable {
  readonly store: Store;
  readonly clock: ManualClock;
}

/** A store over a keyring in memory, with a directory for locks that is its own. */
export async function storeOver(keyring: Keyring, clock = new ManualClock()): Promise<StoreSetup> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-keyring-" });
  return {
    store: keyringStore({ ...denoSystem(), clock }, dir, () => Promise.resolve(keyring)),
    clock,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

type Overrides = Partial<Omit<KeyringSystem, "clock">> & { clock?: ManualClock };

/** A store as `platform` has it; the environment is `env` alone. */
export async function platformStore(
  platform: KeyringSystem["platform"],
  env: Readonly<Record<string, string>> = {},
  { clock = new ManualClock(), ...overrides }: Overrides = {},
): Promise<StoreSetup> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-keyring-" });
  const own = { platform, clock, env: (name: string) => env[name] };
  const store = keyringStore({ ...denoSystem(), ...own, ...overrides }, dir);
  return { store, clock, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}
