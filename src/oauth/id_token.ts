import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import type { HttpInit } from "../http.ts";
import { successfulAnswer } from "./answer.ts";
import { isLoopback } from "./secure_url.ts";
import type { Server } from "./server.ts";

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
  await verifySignature(server, answer, signal);
}

/**
 * The keys are fetched once and kept. Where they do not verify the token they are fetched once
 * more, as keys rotate, and not all issuers name a new one anew.
 */
async function verifySignature(
  server: Server,
  answer: Response,
  signal?: AbortSignal,
): Promise<void> {
  const known = await freshKeys(server);
  if (known) {
    try {
      const jwks = { keys: known } as oauth.JWKS;
      return await verify(server, answer, { jwks, uat: Math.floor(Date.now() / 1000) }, signal);
    } catch (error) {
      if (!(error instanceof oauth.OperationProcessingError)) throw error;
    }
  }
  const fetched: { jwks?: oauth.JWKS } = {}; // filled in by the library
  await verify(server, answer, fetched as oauth.JWKSCacheInput, signal);
  const keys = fetched.jwks?.keys.map((key) => ({ ...key }));
  if (keys) await keep(server, keys);
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
    const url = server.requireEndpoint("jwks_uri").href;
    const init = { method: "GET", headers: { accept: "application/json" } };
    const { keys } = await (await askForKeys(server, url, init)).json();
    if (Array.isArray(keys)) await keep(server, keys);
  } catch (error) {
    if (!(error instanceof VantageError)) throw error;
  }
}

async function askForKeys(server: Server, url: string, init: HttpInit): Promise<Response> {
  return await successfulAnswer(await server.providerClock.send(url, init), "The key endpoint");
}

async function verify(
  server: Server,
  answer: Response,
  cache: oauth.JWKSCacheInput,
  signal?: AbortSignal,
): Promise<void> {
  const keysUrl = server.requireEndpoint("jwks_uri");
  // A copy: the library remembers keys by the identity of this object.
  await oauth.validateApplicationLevelSignature({ ...server.as }, answer, {
    [oauth.customFetch]: (url, init) => askForKeys(server, url, init as HttpInit),
    [oauth.allowInsecureRequests]: isLoopback(keysUrl.hostname),
    [oauth.jwksCache]: cache,
    ...(signal && { signal }),
  });
}
