import * as oauth from "oauth4webapi";
import type { HttpInit } from "../http.ts";
import { successfulAnswer } from "./answer.ts";
import { isLoopback, requireSecure } from "./secure_url.ts";
import type { Server } from "./server.ts";

/**
 * Verifies the signature of the ID token in a processed answer by the issuer's keys
 * (OpenID Connect Core, 3.1.3.7). The keys are fetched once and kept; a key that is not among
 * them is looked for once more at the issuer, as keys rotate.
 */
export async function verifyIdTokenSignature(server: Server, answer: Response): Promise<void> {
  const known = await server.cache.get(server.as.issuer);
  if (known?.keys) {
    try {
      return await verify(server, answer, { jwks: known.keys as oauth.JWKS, uat: epochSeconds() });
    } catch (error) {
      const isUnknownKey = error instanceof oauth.OperationProcessingError &&
        error.code === oauth.KEY_SELECTION;
      if (!isUnknownKey) throw error;
    }
  }
  const fetched: oauth.JWKSCacheInput = {};
  await verify(server, answer, fetched);
  if ("jwks" in fetched && fetched.jwks) {
    await server.cache.set({
      issuer: server.as.issuer,
      fetched_at: known?.fetched_at ?? 0,
      metadata: known?.metadata ?? {},
      keys: fetched.jwks as unknown as { keys: Record<string, unknown>[] },
    });
  }
}

async function verify(
  server: Server,
  answer: Response,
  cache: oauth.JWKSCacheInput,
): Promise<void> {
  const keysUrl = requireSecure(server.as.jwks_uri, "jwks_uri");
  // A copy: the library remembers keys by the identity of this object.
  await oauth.validateApplicationLevelSignature({ ...server.as }, answer, {
    [oauth.customFetch]: async (url, init) =>
      successfulAnswer(await server.send(url, init as HttpInit), "The key endpoint"),
    [oauth.allowInsecureRequests]: isLoopback(keysUrl.hostname),
    [oauth.jwksCache]: cache,
  });
}

const epochSeconds = () => Math.floor(Date.now() / 1000);

/** The claims of an ID token that was verified when it arrived; undefined when it is no JWT. */
export function idTokenClaims(idToken: string): Record<string, unknown> | undefined {
  return jwtPayload(idToken);
}

/** The payload of a JWT, not verified; undefined when it is none. */
export function jwtPayload(token: string): Record<string, unknown> | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || !parts[1]) return undefined;
  try {
    const bytes = Uint8Array.from(
      atob(parts[1].replaceAll("-", "+").replaceAll("_", "/")),
      (char) => char.charCodeAt(0),
    );
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === "object" && payload !== null
      ? payload as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
