/**
 * An account as the token manager and the OAuth module take it: each knows a part, and neither
 * of them knows settings.
 */
import type { Account } from "./config/account.ts";
import { howToSet, requireLoginSettings } from "./config/account.ts";
import type { ProviderSettings } from "./oauth/settings.ts";
import type { AccountId } from "./store/store.ts";
import type { Secret } from "./secret.ts";
import type { Grant } from "./tokens/session.ts";

const ENDPOINTS = [
  "authorization_endpoint",
  "device_authorization_endpoint",
  "token_endpoint",
  "revocation_endpoint",
  "userinfo_endpoint",
  "pushed_authorization_request_endpoint",
  "registration_endpoint",
  "jwks_uri",
] as const;

/** The provider, and we as its client, as the OAuth module takes them. */
export function providerSettings(
  account: Account,
  clientSecret: Secret | undefined,
): ProviderSettings {
  return withClient(account, requireLoginSettings(account).client_id.value, clientSecret);
}

/** The same for who is no client yet, but is about to register as one. */
export function withClient(
  { settings, definition }: Account,
  clientId: string,
  clientSecret?: Secret,
): ProviderSettings {
  const { issuer, audience, resource, user_agent } = settings;
  const endpoints = Object.fromEntries(
    ENDPOINTS.flatMap((name) => settings[name] ? [[name, settings[name].value]] : []),
  );
  return {
    ...(issuer && { issuer: issuer.value }),
    endpoints,
    clientId,
    ...(clientSecret && { clientSecret }),
    needsClientSecret: settings.needs_client_secret.value,
    clientAuth: settings.client_auth.value,
    authorizeParams: settings.authorize_params?.value ?? {},
    ...(audience && { audience: audience.value }),
    ...(resource && { resource: resource.value }),
    dpop: settings.dpop.value,
    issuerPerTenant: settings.issuer_per_tenant.value,
    revocationMethod: settings.revocation_method.value,
    tokenLifetimeMs: settings.token_lifetime.value,
    scopeSeparator: settings.scope_separator.value,
    ...(user_agent && { userAgent: user_agent.value }),
    callback: {
      host: settings.callback_host.value,
      port: settings.callback_port.value,
      path: settings.callback_path.value,
    },
    howToSet: (key, value) => howToSet(definition, key, value),
  };
}

/** The account under which a provider's own secrets are kept; no name of a person's begins so. */
export const providerId = (service: string): AccountId => ({ service, account: "_provider" });

/** Where the client's secret is: beside the tokens of a profile, or with the provider. */
export function clientIdOf({ id, definition }: Account): AccountId {
  return definition.kind === "profile" ? id : providerId(definition.name);
}

/** What a session of the account has to be granted for. */
export function grantOf(account: Account): Grant {
  const { client_id, issuer, token_endpoint, scopes, audience, resource, dpop } =
    requireLoginSettings(account);
  return {
    issuer: issuer?.value ?? token_endpoint!.value,
    clientId: client_id.value,
    scopes: scopes.value,
    ...(audience && { audience: audience.value }),
    ...(resource && { resource: resource.value }),
    dpop: dpop.value,
  };
}

/** Whether a session can be had without a person. */
export function isUnattended(account: Account): boolean {
  return account.settings.flow.value === "client-credentials";
}
