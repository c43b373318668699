import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { NetworkError } from "../http.ts";
import type { Secret } from "../secret.ts";
import { dpopKey } from "./dpop.ts";
import { loginFailure } from "./failure.ts";
import { resourceParameter } from "./grant_request.ts";
import { jwtPayload } from "../jwt.ts";
import { prepareKeys, verifyIdToken } from "./id_token.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import { issuingServer } from "./tenant.ts";
import { tokenSet } from "./token_response.ts";
import type { RenewalOutcome, TokenSet } from "./token_set.ts";

/**
 * Refreshes once (RFC 6749, 6) and says how it ended; it never throws for anything the
 * provider or the network does. What the answer leaves out stays as it was.
 */
export async function refresh(server: Server, session: TokenSet): Promise<RenewalOutcome> {
  const refreshToken = session.refreshToken;
  if (!refreshToken) throw new TypeError("A session without refresh token cannot be refreshed");
  const key = session.dpopKey && await dpopKey(server, session.dpopKey);
  if (session.idToken) await prepareKeys(server);
  const sentAt = server.clock.now();
  let answer: Response;
  try {
    answer = await server.ask(
      () =>
        oauth.refreshTokenGrantRequest(
          server.as,
          server.client(),
          server.clientAuth(),
          refreshToken.expose(),
          {
            ...server.requestOptions("token_endpoint"),
            ...(key && { DPoP: key.handle }),
            ...resourceParameter(server.settings),
          },
        ),
      "The token endpoint",
    );
  } catch (error) {
    return failedRenewal(error);
  }
  try {
    const as = await issuingServer(server, answer);
    const body = await oauth.processRefreshTokenResponse(as, server.client(), answer);
    const isAccepted = await acceptsIdToken(server, answer, body, session.idToken);
    const { idToken: unverified, ...tokens } = tokenSet(server, body, sentAt, key);
    const idToken = isAccepted ? unverified : session.idToken;
    return {
      kind: "renewed",
      tokens: {
        ...tokens,
        refreshToken: tokens.refreshToken ?? refreshToken,
        ...(idToken && { idToken }),
        ...(!tokens.scopes && session.scopes && { scopes: session.scopes }),
      },
    };
  } catch (error) {
    return failedRenewal(loginFailure(error));
  }
}

/**
 * Whether the answer has an ID token to take in place of the old one. A new one has to be of the
 * same person (OpenID Connect Core, 12.2). When the issuer's keys cannot be had just now, the
 * old one stays: the new refresh token must not be lost over it.
 */
async function acceptsIdToken(
  server: Server,
  answer: Response,
  body: oauth.TokenEndpointResponse,
  old: Secret | undefined,
): Promise<boolean> {
  const claims = oauth.getValidatedIdTokenClaims(body);
  if (!claims) return false;
  const before = old && jwtPayload(old.expose());
  // A `sub` says who somebody is at one issuer.
  if (before && (before.sub !== claims.sub || before.iss !== claims.iss)) {
    throw new VantageError(
      "login_rejected",
      "Cannot trust the provider's answer: it is for another person",
      {
        hint: "Nothing was stored. Run `vantage login`; if it happens again, tell the provider",
      },
    );
  }
  try {
    await verifyIdToken(server, answer, claims);
    return true;
  } catch (error) {
    if (error instanceof NetworkError || error instanceof ProviderError) return false;
    throw error;
  }
}

/** How a failure counts (guarantees 5 and 6 of the token life). */
export function failedRenewal(error: unknown): RenewalOutcome {
  if (error instanceof NetworkError) {
    return { kind: "transient", error, answerLost: error.mayHaveArrived };
  }
  if (error instanceof ProviderError) {
    const answerLost = error.kind === "unusable" && error.status >= 200 && error.status < 300;
    if (error.kind === "refused") {
      return { kind: error.oauthError === "invalid_grant" ? "refused" : "rejected", error };
    }
    const { retryAfterMs } = error;
    return {
      kind: "transient",
      error,
      answerLost,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
  return { kind: "rejected", error: error instanceof Error ? error : new Error(String(error)) };
}
