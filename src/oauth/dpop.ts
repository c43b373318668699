import * as oauth from "oauth4webapi";
import { Secret } from "../secret.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A key that tokens are bound to (RFC 9449), and the handle that makes its proofs. */
export interface DPoPKey {
  /** The private JWK as JSON, to be stored beside the token. */
  readonly jwk: Secret;
  readonly handle: oauth.DPoPHandle;
}

/** Whose time proofs have to go by. */
interface ProofClock {
  now(): number;
}

/** The stored key, or a new one when there is none. */
export async function dpopKey(
  { providerClock }: { readonly providerClock: ProofClock },
  stored?: Secret,
): Promise<DPoPKey> {
  const pair = stored
    ? await importPair(stored)
    : await oauth.generateKeyPair("ES256", { extractable: true });
  const jwk = stored ??
    new Secret(JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey)));
  // The library's own key type is `never` as soon as Node's types are part of the program.
  const handle = oauth.DPoP({}, pair as Parameters<typeof oauth.DPoP>[1], {
    // The handle would keep the time difference it was made with, when nothing was known of it.
    [oauth.modifyAssertion](_header, payload) {
      payload.iat = Math.floor(providerClock.now() / 1000);
    },
  });
  return { jwk, handle };
}

async function importPair(stored: Secret): Promise<CryptoKeyPair> {
  const jwk: JsonWebKey = JSON.parse(stored.expose());
  const { d: _private, ...publicJwk } = jwk;
  return {
    privateKey: await crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["sign"]),
    publicKey: await crypto.subtle.importKey(
      "jwk",
      { ...publicJwk, key_ops: ["verify"] },
      ALGORITHM,
      true,
      ["verify"],
    ),
  };
}
