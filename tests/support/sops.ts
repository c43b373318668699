import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { join } from "node:path";
import { Secret } from "../../src/secret.ts";
import type { SopsParts } from "../../src/store/sops.ts";
import { sopsStore } from "../../src/store/sops.ts";
import type { Identities } from "../../src/store/sops/identities.ts";
import type { Store } from "../../src/store/store.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { reallyWaiting } from "./really_waiting.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

export type SopsFormat = "json" | "yaml";

/** Somebody who can be encrypted for. */
export interface AgePerson {
  readonly identity: string;
  readonly recipient: string;
}

export async function agePerson(): Promise<AgePerson> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export function identitiesOf(...people: AgePerson[]): () => Promise<Identities> {
  const found = people.map(({ identity }) => ({ key: new Secret(identity), place: "a test" }));
  return () => Promise.resolve({ found, searched: ["a test"] });
}

/** A SOPS file in a temporary directory, and stores over it. */
export interface SopsSubject extends AsyncDisposable {
  readonly store: Store;
  readonly ada: AgePerson;
  readonly root: string;
  readonly dir: string;
  readonly path: string;
  /** Another process's view: a store that shares nothing with {@link store} but the files. */
  another(parts?: Partial<SopsParts>): Store;
  read(): Promise<string>;
  write(text: string): Promise<void>;
}

export async function openSops(
  format: SopsFormat,
  parts: Partial<SopsParts> = {},
): Promise<SopsSubject> {
  const root = await Deno.makeTempDir({ prefix: "vantage-sops-" });
  const ada = await agePerson();
  const [dir, path] = [join(root, "state", "tokens"), join(root, `secrets.${format}`)];
  const another = (more: Partial<SopsParts> = {}) =>
    sopsStore({
      files: denoFiles(),
      dir,
      path,
      recipients: [ada.recipient],
      identities: identitiesOf(ada),
      ...parts,
      ...more,
      clock: reallyWaiting(more.clock ?? parts.clock ?? new ManualClock()),
    });
  return {
    store: another(),
    ada,
    root,
    dir,
    path,
    another,
    read: () => Deno.readTextFile(path),
    write: (text) => Deno.writeTextFile(path, text),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
