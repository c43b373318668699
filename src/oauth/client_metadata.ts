import { VantageError } from "../errors.ts";
import type { Server } from "./server.ts";
import type { ClientAuthMethod, ProviderSettings } from "./settings.ts";

/** `token_endpoint_auth_method` by our names for it, the one to prefer first. */
export const AUTH_METHODS: readonly (readonly [method: string, clientAuth: ClientAuthMethod])[] = [
  ["none", "none"],
  ["client_secret_basic", "basic"],
  ["client_secret_post", "post"],
];

/**
 * This program as a native client of a provider (RFC 7591, 2; OpenID Connect Dynamic Client
 * Registration, 2), as far as the provider supports what it does. Throws `not_supported`.
 */
export function clientMetadata(server: Server) {
  const browser = server.supports("authorization_endpoint");
  return {
    application_type: "native",
    redirect_uris: browser ? redirectUris(server.settings.callback) : [],
    grant_types: grantTypes(server),
    response_types: browser ? ["code"] : [],
    token_endpoint_auth_method: authMethod(server),
  };
}

/** As the listener makes them: on ::1 where there is no IPv4, and with the port that is fixed. */
function redirectUris({ host, port, path }: ProviderSettings["callback"]): string[] {
  const hosts = { "127.0.0.1": ["127.0.0.1", "[::1]"], "::1": ["[::1]"] }[host] ?? [host];
  // Without a port any will do (RFC 8252, 7.3).
  return hosts.map((host) => `http://${host}${port === 0 ? "" : `:${port}`}${path}`);
}

function grantTypes(server: Server): string[] {
  const listed = server.as.grant_types_supported;
  const isSupported = (grant: string) => listed?.includes(grant) ?? true;
  const device = "urn:ietf:params:oauth:grant-type:device_code";
  const logins = [
    ...server.supports("authorization_endpoint") ? ["authorization_code"] : [],
    ...server.supports("device_authorization_endpoint") ? [device] : [],
  ].filter(isSupported);
  if (logins.length > 0) return [...logins, ...["refresh_token"].filter(isSupported)];
  throw new VantageError(
    "not_supported",
    `The provider '${server.as.issuer}' offers no login for people`,
    { hint: "Set the provider's endpoints, or use another provider" },
  );
}

function authMethod(server: Server): string {
  const listed = server.as.token_endpoint_auth_methods_supported;
  const { needsClientSecret } = server.settings;
  const method = AUTH_METHODS.map(([method]) => method)
    .filter((method) => method !== "none" || !needsClientSecret)
    .find((method) => listed?.includes(method) ?? true);
  if (method !== undefined) return method;
  throw new VantageError(
    "not_supported",
    `The provider '${server.as.issuer}' takes clients in no way that vantage knows`,
    { hint: `It lists ${listed?.join(", ") || "none"} for its token endpoint` },
  );
}
