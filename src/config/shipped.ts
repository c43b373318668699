import type { SettingKey } from "./settings.ts";

/** The profile that exists without being written. */
export const DEFAULT_PROFILE = "default";

/**
 * What that profile holds as shipped. `vantage_url` stands only while nothing else names a
 * provider: the token of another issuer must never go to the API that follows from it.
 */
export const SHIPPED = {
  vantage_url: "https://app.vantagecompute.ai",
  client_id: "default",
} as const satisfies Partial<Record<SettingKey, string>>;

/** The settings that say which provider is meant, beside `vantage_url` itself. */
export const PROVIDER_KEYS = [
  "issuer",
  "authorization_endpoint",
  "device_authorization_endpoint",
  "token_endpoint",
] as const satisfies readonly SettingKey[];

/** All that is a provider's address: none of it may be mixed with another provider's. */
export const ADDRESS_KEYS: ReadonlySet<SettingKey> = new Set<SettingKey>([
  ...PROVIDER_KEYS,
  "vantage_url",
  "revocation_endpoint",
  "userinfo_endpoint",
  "pushed_authorization_request_endpoint",
  "registration_endpoint",
  "jwks_uri",
  "api_url",
  "graphql_url",
  "git_hosts",
]);

/** The addresses that follow from the domain of a Vantage deployment, `app.DOMAIN` or `DOMAIN`. */
export function deriveFromVantageUrl(vantageUrl: string): { issuer: string; api_url: string } {
  const domain = new URL(vantageUrl).host.replace(/^app\./, "");
  return { issuer: `https://auth.${domain}/realms/vantage`, api_url: `https://apis.${domain}` };
}
