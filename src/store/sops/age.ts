import { armor, Decrypter, Encrypter } from "age-encryption";
import type { Identities } from "./identities.ts";
import type { WrappedKey } from "./metadata.ts";
import { keyProblem, tampered } from "./problem.ts";

/** A SOPS data key: AES-256. */
const KEY_BYTES = 32;

/**
 * Decrypts the data key with whichever identity fits. Throws `store_key` when none does,
 * `store_tampered` when what was encrypted for us is damaged.
 */
export async function unwrapKey(
  wrapped: readonly WrappedKey[],
  identities: Identities,
  path: string,
): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const { key, place } of identities.found) {
    try {
      decrypter.addIdentity(key.expose());
    } catch { // its error may quote the identity
      throw keyProblem(
        `Cannot use ${place}: it holds an age identity that is damaged`,
        "Copy the line that begins with AGE-SECRET-KEY- anew, or make one with `age-keygen`",
      );
    }
  }
  let damaged = false;
  for (const { enc } of wrapped) {
    try {
      const key = await decrypter.decrypt(armor.decode(enc));
      if (key.length === KEY_BYTES) return key;
      damaged = true;
    } catch (error) {
      // The package tells a file for somebody else by its message alone.
      damaged ||= !(error instanceof Error && error.message.startsWith("no identity matched"));
    }
  }
  if (damaged) throw tampered(path, "the data key in it is damaged");
  throw noneFits(wrapped, identities, path);
}

function noneFits(wrapped: readonly WrappedKey[], { found, searched }: Identities, path: string) {
  const recipients = wrapped.map(({ recipient }) => recipient).join(", ");
  if (found.length === 0) {
    return keyProblem(
      `Cannot decrypt ${path}: there is no age identity`,
      `Put yours into one of: ${searched.join(", ")}`,
    );
  }
  const places = [...new Set(found.map(({ place }) => place))].join(", ");
  return keyProblem(
    `Cannot decrypt ${path}: it is encrypted for ${recipients}, and no identity in ${places} fits`,
    "Give the identity of one of them, or have somebody add you with `sops updatekeys`",
  );
}

/** Encrypts the data key for one recipient. Throws `store_key` for what is none. */
export async function wrapKey(key: Uint8Array, recipient: string): Promise<WrappedKey> {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw keyProblem(
      `Cannot encrypt for '${recipient}': it is not an age recipient`,
      "Correct `recipients` below [storage.sops]: `age-keygen -y KEYFILE` prints yours",
    );
  }
  return { recipient, enc: armor.encode(await encrypter.encrypt(key)).trimEnd() + "\n" };
}
