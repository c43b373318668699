import type { HeldLock } from "../files.ts";
import { stampOf } from "../files.ts";
import type { Clock, Files } from "../system.ts";
import { FileError } from "../system.ts";
import { tryLockAccount } from "./lock_files.ts";
import { storeErrors } from "./private_file.ts";
import type { Identities } from "./sops/identities.ts";
import type { RecordWriter } from "./sops/record_writer.ts";
import type { SopsFile } from "./sops/sops_file.ts";
import type { AccountId, AccountLock, PersistentStore } from "./store.ts";

export interface SopsParts {
  readonly files: Files;
  readonly clock: Clock;
  /** The directory of locks: the tokens directory, outside of what is committed. */
  readonly dir: string;
  /** The SOPS file, `.json`, `.yaml` or `.yml`. */
  readonly path: string;
  /** The age recipients (`age1…`) that the file is to be encrypted for; none: those it has. */
  readonly recipients: readonly string[];
  /** Asked when something is first decrypted: {@link sopsIdentities}. */
  readonly identities: () => Promise<Identities>;
}

/**
 * The store in a SOPS file with age recipients, which can be committed to Git: names can be
 * read there, values cannot, and a change shows as one. The real `sops` opens and edits it.
 * The file is verified at every read, and one that does not verify is left as it is.
 *
 * Throws `store_tampered`, `store_format` and `store_key` beside what every store throws.
 */
export function sopsStore(parts: SopsParts): PersistentStore {
  let loaded: Promise<SopsFile> | undefined;
  // Parsers and cryptography are loaded for who uses the store.
  const file = () =>
    loaded ??= import("./sops/sops_file.ts").then(({ SopsFile }) => new SopsFile(parts));

  function accountLock(id: AccountId, held: HeldLock): AccountLock {
    let writer: Promise<RecordWriter> | undefined;
    const record = () => writer ??= file().then((file) => file.record(id));
    return {
      readNote: () => storeErrors(held.readNote),
      writeNote: (text) => storeErrors(() => held.writeNote(text)),
      set: (fields, expected) => storeErrors(async () => (await record()).set(fields, expected)),
      delete: (expected) => storeErrors(async () => (await record()).delete(expected)),
      reserve: () => storeErrors(async () => (await record()).reserve()),
      async [Symbol.asyncDispose]() {
        await writer?.then((record) => record.release(), () => {}); // its error was told
        await held[Symbol.asyncDispose]();
      },
    };
  }

  return {
    name: "sops",
    get: (id) => storeErrors(async () => await (await file()).get(id)),
    list: () => storeErrors(async () => await (await file()).list()),
    stamp: () => storeErrors(() => stampOfTarget(parts.files, parts.path)),
    async tryLock(id, purpose) {
      const held = await tryLockAccount(parts.files, parts.dir, id, purpose);
      return held && accountLock(id, held);
    },
    withLock: accountLock,
  };
}

/** The path may be a symbolic link, which stays the same when the file is replaced. */
async function stampOfTarget(files: Files, path: string): Promise<string> {
  if ((await files.stat(path))?.kind !== "symlink") return await stampOf(files, path);
  try {
    return await stampOf(files, await files.realPath(path));
  } catch (error) {
    if (error instanceof FileError && error.kind === "not-found") return "";
    throw error;
  }
}
