import type { Secret } from "../secret.ts";

/** An access token, ready to be used. */
export interface AccessToken {
  readonly value: Secret;
  readonly type: "Bearer" | "DPoP";
  /** Epoch milliseconds; undefined where nobody told us (`VANTAGE_TOKEN`). */
  readonly expiresAt: number | undefined;
  /** The private JWK a DPoP token is bound to, as JSON. */
  readonly dpopKey?: Secret;
}

export interface TokenRequest {
  /** The token must live at least this long (milliseconds), in place of `refresh_threshold`. */
  readonly minTtlMs?: number;
  /** Renew even when the token is good. */
  readonly force?: boolean;
  /** A token that a server has refused: it is renewed, where nobody else did so meanwhile. */
  readonly refused?: Secret;
}

/** Where commands get access tokens from. Throws `VantageError`. */
export interface TokenSource {
  token(request?: TokenRequest): Promise<AccessToken>;
}
