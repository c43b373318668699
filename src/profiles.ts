/**
 * A profile as the store, the token manager and the OAuth module take it: each knows a part,
 * and none of them knows profiles.
 */
import type { Profile } from "./config/profile.ts";
import { requireLoginSettings } from "./config/profile.ts";
import type { ProviderSettings } from "./oauth/settings.ts";
import type { Secret } from "./secret.ts";
import type { AccountId } from "./store/store.ts";
import type { Grant } from "./tokens/session.ts";

const ENDPOINTS = [
  "authorization_endpoint",
  "device_authorization_endpoint",
  "token_endpoint",
  "revocation_endpoint",
  "userinfo_endpoint",
  "pushed_authorization_request_endpoint",
  "jwks_uri",
] as const;

/** The provider, and we as its client, as the OAuth module takes them. */
export function providerSettings(
  profile: Profile,
  clientSecret: Secret | undefined,
): ProviderSettings {
  const settings = requireLoginSettings(profile);
  const { issuer, client_id, audience, resource, dpop } = settings;
  const endpoints = Object.fromEntries(
    ENDPOINTS.flatMap((name) => settings[name] ? [[name, settings[name].value]] : []),
  );
  return {
    ...(issuer && { issuer: issuer.value }),
    endpoints,
    clientId: client_id.value,
    ...(clientSecret && { clientSecret }),
    ...(audience && { audience: audience.value }),
    ...(resource && { resource: resource.value }),
    dpop: dpop.value,
    callback: {
      host: settings.callback_host.value,
      port: settings.callback_port.value,
      path: settings.callback_path.value,
    },
  };
}

/** Profile `prod` is the account `vantage/prod`. */
export function accountOf(profile: Profile): AccountId {
  return { service: "vantage", account: profile.name };
}

/** What a session of the profile has to be granted for. */
export function grantOf(profile: Profile): Grant {
  const { client_id, issuer, token_endpoint, scopes, audience, resource, dpop } =
    requireLoginSettings(profile);
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
export function isUnattended(profile: Profile): boolean {
  return profile.settings.flow.value === "client-credentials";
}
