import type { Secret } from "../secret.ts";

/** What is known of a provider and of us as its client, before any network. */
export interface ProviderSettings {
  /** Absent for a provider without discovery; then `endpoints.token_endpoint` is there. */
  readonly issuer?: string;
  readonly endpoints: Endpoints;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  readonly audience?: string;
  readonly resource?: string;
  readonly dpop: boolean;
  readonly callback: {
    /** As registered at the provider: 127.0.0.1, ::1 or localhost. */
    readonly host: string;
    /** 0 for any free port (RFC 8252, 7.3). */
    readonly port: number;
    readonly path: string;
  };
}

/** Endpoints given by hand, named as in RFC 8414. A `token_endpoint` here means: no discovery. */
export interface Endpoints {
  readonly authorization_endpoint?: string;
  readonly device_authorization_endpoint?: string;
  readonly token_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly userinfo_endpoint?: string;
  readonly pushed_authorization_request_endpoint?: string;
  readonly jwks_uri?: string;
}
