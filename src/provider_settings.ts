import type { Profile } from "./config/profile.ts";
import { requireLoginSettings } from "./config/profile.ts";
import type { ProviderSettings } from "./oauth/settings.ts";
import type { Secret } from "./secret.ts";

const ENDPOINTS = [
  "authorization_endpoint",
  "device_authorization_endpoint",
  "token_endpoint",
  "revocation_endpoint",
  "userinfo_endpoint",
  "pushed_authorization_request_endpoint",
  "jwks_uri",
] as const;

/** A profile as the OAuth module takes it, which knows nothing of profiles. */
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
