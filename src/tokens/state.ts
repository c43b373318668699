import type { Secret } from "../secret.ts";
import type { Credentials, Grant, Session } from "./session.ts";

/** What can be done with an account's saved credentials at this moment. */
export type TokenState =
  | { readonly kind: "none" }
  /** A static key, which is used as it is for ever. */
  | { readonly kind: "key"; readonly apiKey: Secret }
  /** The provider ended the session. */
  | { readonly kind: "ended"; readonly reason: string }
  /** The settings now ask for something else than the session was granted for. */
  | { readonly kind: "changed"; readonly what: string }
  /** Good as it is, without network. */
  | { readonly kind: "fresh"; readonly session: Session }
  /** To be renewed before use. `usable`: it still lives, should the renewal fail. */
  | { readonly kind: "due"; readonly session: Session; readonly usable: boolean }
  /** Expired, and there is nothing to renew it with. */
  | { readonly kind: "expired"; readonly session: Session };

/** How far a record may lie in the future before the clock must have been set back. */
const CLOCK_TOLERANCE_MS = 60_000;

/** How much longer than this a token must live to be used as it is. */
export interface Threshold {
  readonly ms: number;
  /**
   * True where nobody chose it. It then shrinks to half the life of a short-lived token,
   * which would otherwise be renewed on every use.
   */
  readonly isDefault: boolean;
}

/**
 * Judges saved credentials at the instant `now` (epoch milliseconds). What is `wanted` is asked
 * for only where there is a session to compare it with. `unattended`: a new
 * session can be had without a person, so a refresh token is not needed to renew.
 */
export function tokenState(
  credentials: Credentials,
  wanted: () => Grant,
  threshold: Threshold,
  now: number,
  unattended = false,
): TokenState {
  const { session, ended, apiKey } = credentials;
  if (!session && apiKey) return { kind: "key", apiKey };
  if (!session) return ended ? { kind: "ended", reason: ended.reason } : { kind: "none" };
  const what = difference(session, wanted());
  if (what) return { kind: "changed", what };

  // Expiry is as far off as the provider said when we asked. A record from the future means
  // that the clock was set back: how old the token is cannot be told, so it counts as due.
  const clockWentBack = now < session.obtainedAt - CLOCK_TOLERANCE_MS;
  const remaining = session.expiresAt - now;
  const needed = neededLife(session, threshold);
  const usable = remaining > 0;

  if (!session.refreshToken && !unattended) {
    return usable ? { kind: "fresh", session } : { kind: "expired", session };
  }
  return remaining > needed && !clockWentBack
    ? { kind: "fresh", session }
    : { kind: "due", session, usable };
}

/** The state where a server has refused a token, whatever life it has left. */
export function withoutRefused(state: TokenState, refused: Secret | undefined): TokenState {
  if (state.kind !== "fresh" && state.kind !== "due") return state;
  const { session } = state;
  return session.accessToken.equals(refused) ? { kind: "due", session, usable: false } : state;
}

/** How much life a session's token must have left to be used as it is (milliseconds). */
export function neededLife(
  { obtainedAt, expiresAt }: Pick<Session, "obtainedAt" | "expiresAt">,
  threshold: Threshold,
): number {
  return threshold.isDefault ? Math.min(threshold.ms, (expiresAt - obtainedAt) / 2) : threshold.ms;
}

/** Which setting differs from what the session was granted for, undefined when none does. */
function difference(session: Session, wanted: Grant): string | undefined {
  const { grant } = session;
  if (grant.issuer !== wanted.issuer) return "issuer";
  if (grant.clientId !== wanted.clientId) return "client_id";
  if (grant.audience !== wanted.audience) return "audience";
  if (grant.resource !== wanted.resource) return "resource";
  if (grant.dpop !== wanted.dpop) return "dpop";
  if (!session.scopesChosen && !sameScopes(grant.scopes, wanted.scopes)) return "scopes";
  return undefined;
}

/** Scopes are a set (RFC 6749, 3.3). */
export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((scope) => set.has(scope));
}
