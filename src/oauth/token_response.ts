import * as oauth from "oauth4webapi";
import { Secret } from "../secret.ts";
import { LONGEST_LIFE_S } from "./answer.ts";
import type { DPoPKey } from "./dpop.ts";
import { loginFailure } from "./failure.ts";
import { jwtPayload } from "../jwt.ts";
import { verifyIdToken } from "./id_token.ts";
import { NEVER } from "../never.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import { issuingServer } from "./tenant.ts";
import type { TokenSet } from "./token_set.ts";

/** A token request that was answered, and how to understand the answer. */
export interface TokenAnswer {
  /** When the request left (epoch milliseconds), so that a slow answer shortens no life. */
  readonly sentAt: number;
  readonly signal?: AbortSignal;
  /** What the token has to be bound to. */
  readonly dpop?: DPoPKey;
  /** The `process…Response` of the grant, which checks the ID token's claims. */
  readonly process: (
    as: oauth.AuthorizationServer,
    answer: Response,
  ) => Promise<oauth.TokenEndpointResponse>;
}

/**
 * Turns a successful answer of the token endpoint into a {@link TokenSet}; the ID token's
 * signature is checked here. Throws `login_rejected` and stores nothing when any of it is wrong.
 */
export async function readTokenResponse(
  server: Server,
  answer: Response,
  { sentAt, signal, dpop, process }: TokenAnswer,
): Promise<TokenSet> {
  try {
    const body = await process(await issuingServer(server, answer), answer);
    const claims = oauth.getValidatedIdTokenClaims(body);
    if (claims) await verifyIdToken(server, answer, claims, signal);
    return tokenSet(server, body, sentAt, dpop);
  } catch (error) {
    throw loginFailure(error);
  }
}

/** The token set of a processed answer, whose request left at `sentAt`. */
export function tokenSet(
  server: Server,
  body: oauth.TokenEndpointResponse,
  sentAt: number,
  dpop?: DPoPKey,
): TokenSet {
  const isBound = body.token_type.toLowerCase() === "dpop";
  if (dpop && !isBound) {
    throw new ProviderError("unusable", "The provider did not bind the token to the DPoP key", {
      status: 200,
      hint: `Run \`${
        server.settings.howToSet("dpop", "false")
      }\` if the provider does not support DPoP`,
    });
  }
  return {
    accessToken: new Secret(body.access_token),
    tokenType: isBound ? "DPoP" : "Bearer",
    obtainedAt: sentAt,
    expiresAt: Math.min(sentAt + lifetime(server, body, sentAt), NEVER),
    ...(body.refresh_token !== undefined && { refreshToken: new Secret(body.refresh_token) }),
    ...(body.id_token !== undefined && { idToken: new Secret(body.id_token) }),
    ...(body.scope !== undefined && {
      scopes: body.scope.split(server.settings.scopeSeparator).filter(Boolean),
    }),
    ...(dpop && { dpopKey: dpop.jwk }),
  };
}

/**
 * How long the token lives, in milliseconds: `expires_in`, else the JWT's `exp`, else what the settings say.
 * `exp` is by the provider's clock, so it is read against `iat`, or against its `Date`.
 */
function lifetime(server: Server, body: oauth.TokenEndpointResponse, sentAt: number): number {
  if (body.expires_in !== undefined) return body.expires_in * 1000;
  const unknown = server.settings.tokenLifetimeMs;
  const claims = jwtPayload(body.access_token);
  if (typeof claims?.exp !== "number") return unknown;
  const issuedAt = typeof claims.iat === "number" ? claims.iat * 1000 : sentAt + server.skewMs;
  const life = claims.exp * 1000 - issuedAt;
  return life > 0 ? Math.min(life, LONGEST_LIFE_S * 1000) : unknown;
}
