import * as jose from "jose";

/** A provider's key for signing tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** With the private part. */
  readonly jwk: jose.JWK;
}

/** Changes to a token, and who signs the changed one. */
export interface Forgery {
  /** Claims to set; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /**
   * "own": the provider's own key, so that only the claims are wrong. "other": another key under
   * the same `kid`. "none": no signature (`alg: none`).
   */
  readonly key?: "own" | "other" | "none";
}

/** Makes a new ES256 key. */
export async function createSigningKey(kid = "signing-key"): Promise<SigningKey> {
  const { privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
  return { kid, privateKey, jwk: { ...await jose.exportJWK(privateKey), kid, use: "sig" } };
}

/** Makes a changed copy of a JWT. */
export async function forge(
  token: string,
  own: SigningKey,
  { claims = {}, key = "own" }: Forgery,
): Promise<string> {
  const payload = { ...jose.decodeJwt(token), ...claims };
  const header = jose.decodeProtectedHeader(token);
  if (key === "none") {
    const part = (value: unknown) => jose.base64url.encode(JSON.stringify(value));
    return `${part({ ...header, alg: "none" })}.${part(payload)}.`;
  }
  const signer = key === "own" ? own : await createSigningKey(own.kid);
  return await new jose.SignJWT(payload)
    .setProtectedHeader({ ...header, alg: "ES256" })
    .sign(signer.privateKey);
}
