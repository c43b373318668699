import type { ProviderSettings } from "./settings.ts";

/** What is asked for, whatever the flow. */
export interface GrantRequest {
  readonly scopes: readonly string[];
}

/** The parameters that say what is asked for: scope, `audience` and `resource` (RFC 8707). */
export function grantParameters(
  settings: ProviderSettings,
  request: GrantRequest,
): URLSearchParams {
  const parameters = new URLSearchParams();
  if (request.scopes.length > 0) parameters.set("scope", request.scopes.join(" "));
  if (settings.audience !== undefined) parameters.set("audience", settings.audience);
  if (settings.resource !== undefined) parameters.set("resource", settings.resource);
  return parameters;
}

/** `resource` again at the token endpoint, which RFC 8707, 2.2 asks for. */
export function resourceParameter(settings: ProviderSettings) {
  return settings.resource === undefined
    ? {}
    : { additionalParameters: { resource: settings.resource } };
}
