import { VantageError } from "../errors.ts";
import { jwtPayload } from "../jwt.ts";
import type { Secret } from "../secret.ts";
import type { Clock } from "../system.ts";
import type { TokenManager } from "./manager.ts";
import type { Session } from "./session.ts";

/** An ID token for who takes one as a credential, and when it expires (epoch milliseconds). */
export interface FreshIdToken {
  readonly value: Secret;
  readonly expiresAt: number;
}

/** It has to live at least this long (milliseconds) to be handed on. */
const LEAST_LIFE_MS = 60_000;

/**
 * An ID token that is still good, by a refresh where the saved one is not: its life is not that
 * of the access token beside it. Throws `not_supported` for a session without one,
 * `session_expired` where the provider does not renew it, and what {@link TokenManager.session}
 * throws.
 */
export async function freshIdToken(
  manager: TokenManager,
  clock: Clock,
  name: string,
): Promise<FreshIdToken> {
  const good = (session: Session) => {
    const token = idTokenOf(session, name);
    return token.expiresAt - clock.now() >= LEAST_LIFE_MS ? token : undefined;
  };
  const token = good(await manager.session()) ?? good(await manager.session({ force: true }));
  if (token) return token;
  throw new VantageError(
    "session_expired",
    `The provider does not renew the ID token of '${name}'`,
    {
      hint: "Log in again with `vantage login --force`",
    },
  );
}

function idTokenOf(session: Session, name: string): FreshIdToken {
  const exp = session.idToken && jwtPayload(session.idToken.expose())?.exp;
  if (session.idToken && typeof exp === "number") {
    return { value: session.idToken, expiresAt: exp * 1000 };
  }
  throw new VantageError("not_supported", `The session of '${name}' has no ID token`, {
    hint: "Add 'openid' to the scopes, then log in again",
  });
}
