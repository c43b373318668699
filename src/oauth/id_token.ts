import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { successfulAnswer } from "./answer.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import { keysOfIssuer } from "./tenant.ts";

/** Keys older than this are fetched anew (milliseconds), so that a withdrawn one is not believed for ever. */
const KEYS_FRESH_FOR_MS = 24 * 3_600_000;

/**
 * Verifies what the library leaves over of the ID token in a processed answer (OpenID Connect
 * Core, 3.1.3.7): `azp` also beside a single audience, and the signature. Throws
 * `login_rejected`, `network`, `provider_…`.
 */
export async function verifyIdToken(
  server: Server,
  answer: Response,
  claims: oauth.IDToken,
  signal?: AbortSignal,
): Promise<void> {
  if (claims.azp !== undefined && claims.azp !== server.settings.clientId) {
    throw new VantageError(
      "login_rejected",
      "Cannot trust the provider's answer: the ID token was made for another client: azp",
      { hint: "Nothing was stored. Check the client_id in the settings" },
    );
  }
  await verifySignature(server, answer, claims.iss, signal);
}

/**
 * The keys are fetched once and kept. Where they do not verify the token they are fetched once
 * more, as keys rotate, and not all issuers name a new one anew.
 */
async function verifySignature(
  server: Server,
  answer: Response,
  issuer: string,
  signal?: AbortSignal,
): Promise<void> {
  const known = await freshKeys(server);
  if (known) {
    try {
      return await verify(server, answer, keysOfIssuer(server, known, issuer));
    } catch (error) {
      if (!(error instanceof oauth.OperationProcessingError)) throw error;
    }
  }
  const keys = await fetchKeys(server, signal);
  await verify(server, answer, keysOfIssuer(server, keys, issuer));
  await keep(server, keys);
}

type Keys = Record<string, unknown>[];

async function freshKeys(server: Server): Promise<Keys | undefined> {
  const known = (await server.cache.get(server.as.issuer))?.keys;
  const age = server.clock.now() - (known?.fetched_at ?? 0);
  return known && age >= 0 && age < KEYS_FRESH_FOR_MS ? known.keys : undefined;
}

async function keep(server: Server, keys: Keys): Promise<void> {
  const keysWithAge = { fetched_at: server.clock.now(), keys };
  await server.cache.set(server.as.issuer, { keys: keysWithAge });
}

/**
 * Has the keys at hand before an ID token arrives. Between the answer to a refresh and its
 * saving, every wait is time in which a kill loses the session. A failure is left to the
 * verification.
 */
export async function prepareKeys(server: Server): Promise<void> {
  if (!server.supports("jwks_uri") || await freshKeys(server)) return;
  try {
    await keep(server, await fetchKeys(server));
  } catch (error) {
    if (!(error instanceof VantageError)) throw error;
  }
}

/** Throws `network`, `provider_…`. */
async function fetchKeys(server: Server, signal?: AbortSignal): Promise<Keys> {
  const response = await server.providerClock.send(server.requireEndpoint("jwks_uri").href, {
    method: "GET",
    headers: { accept: "application/json" },
    ...(signal && { signal }),
  });
  const { keys } = await (await successfulAnswer(response, "The key endpoint")).json();
  const isKey = (key: unknown): key is Keys[number] => typeof key === "object" && key !== null;
  if (Array.isArray(keys) && keys.every(isKey)) return keys;
  throw new ProviderError("unusable", "The key endpoint answered without keys", {
    status: response.status,
  });
}

/** Throws an error of the library where none of the keys made the signature. */
async function verify(server: Server, answer: Response, keys: Keys): Promise<void> {
  server.requireEndpoint("jwks_uri"); // which the library names in its errors
  // A copy: the library remembers keys by the identity of this object.
  await oauth.validateApplicationLevelSignature({ ...server.as }, answer, {
    // Fresh, as far as the library needs to know: it then asks for no others.
    [oauth.jwksCache]: { jwks: { keys } as oauth.JWKS, uat: Math.floor(Date.now() / 1000) },
  });
}
