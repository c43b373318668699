import type { Secret } from "../secret.ts";

/** What is known of a provider and of us as its client, before any network. */
export interface ProviderSettings {
  /** Absent for a provider without discovery; then `endpoints.token_endpoint` is there. */
  readonly issuer?: string;
  readonly endpoints: Endpoints;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** The provider wants a secret of native applications too. */
  readonly needsClientSecret: boolean;
  readonly clientAuth: ClientAuthMethod;
  /** Further parameters of the authorization request. */
  readonly authorizeParams: Readonly<Record<string, string>>;
  readonly audience?: string;
  readonly resource?: string;
  readonly dpop: boolean;
  /** The issuer in the metadata is a template, of which each ID token's `tid` makes one. */
  readonly issuerPerTenant: boolean;
  readonly revocationMethod: RevocationMethod;
  /** The life of a token whose provider tells none (milliseconds); Infinity for ever. */
  readonly tokenLifetimeMs: number;
  /** What stands between granted scopes: a space (RFC 6749, 3.3), at GitHub a comma. */
  readonly scopeSeparator: string;
  readonly userAgent?: string;
  readonly callback: {
    /** As registered at the provider: 127.0.0.1, ::1 or localhost. */
    readonly host: string;
    /** 0 for any free port (RFC 8252, 7.3). */
    readonly port: number;
    readonly path: string;
  };
  /** The command that changes a setting, for hints. */
  readonly howToSet: (key: string, value: string) => string;
}

/**
 * How the client authenticates (RFC 6749, 2.3.1). `auto` looks at the metadata, and
 * `basic-unencoded` is for servers that do not decode what the RFC encodes.
 */
export type ClientAuthMethod = "auto" | "none" | "post" | "basic" | "basic-unencoded";

/** `post` by RFC 7009; `json` and `delete` are ways that single providers have. */
export type RevocationMethod = "post" | "json" | "delete";

/** Endpoints given by hand, named as in RFC 8414. A `token_endpoint` here means: no discovery. */
export interface Endpoints {
  readonly authorization_endpoint?: string;
  readonly device_authorization_endpoint?: string;
  readonly token_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly userinfo_endpoint?: string;
  readonly pushed_authorization_request_endpoint?: string;
  readonly registration_endpoint?: string;
  readonly jwks_uri?: string;
}
