import * as oauth from "oauth4webapi";
import type { ProviderSettings } from "./settings.ts";

/**
 * How the client authenticates at the token endpoint: as the settings say, else with the
 * secret if there is one, by Basic unless the provider only lists `client_secret_post`
 * (RFC 6749, 2.3.1).
 */
export function clientAuthentication(
  settings: ProviderSettings,
  as: oauth.AuthorizationServer,
): oauth.ClientAuth {
  const secret = settings.clientSecret?.expose();
  switch (settings.clientAuth) {
    case "basic-unencoded":
      return unencodedBasic(secret ?? "");
    case "none":
      return oauth.None();
    case "post":
      return secret === undefined ? oauth.None() : oauth.ClientSecretPost(secret);
    case "basic":
      return secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);
    case "auto": {
      if (secret === undefined) return oauth.None();
      const methods = as.token_endpoint_auth_methods_supported;
      return methods?.includes("client_secret_post") && !methods.includes("client_secret_basic")
        ? oauth.ClientSecretPost(secret)
        : oauth.ClientSecretBasic(secret);
    }
  }
}

/** Basic as most servers read it, which is not as RFC 6749 writes it; the password may be empty. */
function unencodedBasic(secret: string): oauth.ClientAuth {
  return (_as, client, _body, headers) => {
    headers.set("authorization", basic(client.client_id, secret));
  };
}

/** The header of Basic authentication in UTF-8 (RFC 7617, 2.1). */
export function basic(user: string, password: string): string {
  return `Basic ${new TextEncoder().encode(`${user}:${password}`).toBase64()}`;
}
