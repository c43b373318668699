import type { Secret } from "../secret.ts";

/** What a token endpoint granted (RFC 6749, 5.1), validated. Instants are epoch milliseconds by our clock. */
export interface TokenSet {
  readonly accessToken: Secret;
  readonly tokenType: "Bearer" | "DPoP";
  readonly obtainedAt: number;
  readonly expiresAt: number;
  readonly refreshToken?: Secret;
  /** Signature and claims were verified when it arrived. */
  readonly idToken?: Secret;
  /** The granted scopes where the provider named them. */
  readonly scopes?: readonly string[];
  /** The private JWK that a DPoP token is bound to, as JSON. */
  readonly dpopKey?: Secret;
}

/** How one try to renew a session ended. */
export type RenewalOutcome =
  | { readonly kind: "renewed"; readonly tokens: TokenSet }
  /** The provider no longer accepts the refresh token (`invalid_grant`). */
  | { readonly kind: "refused"; readonly error: Error }
  /** The provider will not answer otherwise however often it is asked, but the session may live. */
  | { readonly kind: "rejected"; readonly error: Error }
  | {
    readonly kind: "transient";
    readonly error: Error;
    /** The provider may have consumed the refresh token without our seeing its answer. */
    readonly answerLost: boolean;
    /** What `Retry-After` asked for. */
    readonly retryAfterMs?: number;
  };
