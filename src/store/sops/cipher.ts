import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** AES-256-GCM as SOPS uses it; WebCrypto refuses nonces of this size. Sizes in bytes. */
const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 32;
/** A shorter tag is refused: it could be guessed. */
const TAG_BYTES = 16;

const ENCRYPTED = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]$/;

/** An encrypted value opened: SOPS's name of its type, which nothing authenticates, and its bytes. */
export interface Opened {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * Encrypts a string that is not empty as a value of a SOPS file (getsops/sops, `aes/cipher.go`).
 * `place` is authenticated with it, so that the value is good there only.
 */
export function seal(key: Uint8Array, text: string, place: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(new TextEncoder().encode(place));
  const data = [...cipher.update(text, "utf8"), ...cipher.final()];
  const [ciphertext, iv, tag] = [data, nonce, cipher.getAuthTag()]
    .map((bytes) => new Uint8Array(bytes).toBase64());
  return `ENC[AES256_GCM,data:${ciphertext},iv:${iv},tag:${tag},type:str]`;
}

/** Decrypts a value of a SOPS file; undefined when it is none, was changed, or belongs elsewhere. */
export function open(key: Uint8Array, value: string, place: string): Opened | undefined {
  const [, data = "", iv = "", tag = "", type = ""] = ENCRYPTED.exec(value) ?? [];
  if (type === "") return undefined;
  try {
    const [ciphertext, nonce, mark] = [data, iv, tag].map((part) => Uint8Array.fromBase64(part));
    if (!ciphertext || !nonce || mark?.length !== TAG_BYTES) return undefined;
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(new TextEncoder().encode(place));
    decipher.setAuthTag(mark);
    const bytes = new Uint8Array(decipher.update(ciphertext));
    decipher.final(); // throws where anything was changed
    return { type, bytes };
  } catch {
    return undefined; // not authentic, or not what SOPS writes: the same to whoever asks
  }
}
