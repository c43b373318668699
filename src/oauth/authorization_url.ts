import * as oauth from "oauth4webapi";
import type { Secret } from "../secret.ts";
import type { DPoPKey } from "./dpop.ts";
import { grantParameters, type GrantRequest } from "./grant_request.ts";
import type { Server } from "./server.ts";

/** What one authorization request is bound to, for its answer to be recognised. */
export interface Binding {
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636, 4.1. */
  readonly verifier: Secret;
  readonly redirectUri: string;
  readonly wantsIdToken: boolean;
  readonly dpop: DPoPKey | undefined;
}

/**
 * The http(s) address where the person logs in. Throws `not_supported`, `provider_…`, and where
 * the request is pushed, what the endpoint for that answers.
 */
export async function authorizationUrl(
  server: Server,
  request: GrantRequest & { signal: AbortSignal },
  binding: Binding,
): Promise<string> {
  const url = server.requireEndpoint("authorization_endpoint");
  const parameters = await authorizationParameters(server, request, binding);
  if (!wantsPushed(server)) {
    for (const [name, value] of parameters) url.searchParams.set(name, value);
    return url.href;
  }
  url.searchParams.set("client_id", server.settings.clientId);
  url.searchParams.set("request_uri", await push(server, parameters, binding, request.signal));
  return url.href;
}

async function authorizationParameters(
  server: Server,
  request: GrantRequest,
  binding: Binding,
): Promise<URLSearchParams> {
  const parameters = grantParameters(server.settings, request);
  parameters.set("response_type", "code");
  parameters.set("client_id", server.settings.clientId);
  parameters.set("redirect_uri", binding.redirectUri);
  parameters.set("state", binding.state);
  const challenge = await oauth.calculatePKCECodeChallenge(binding.verifier.expose());
  parameters.set("code_challenge", challenge);
  parameters.set("code_challenge_method", "S256");
  if (binding.wantsIdToken) parameters.set("nonce", binding.nonce);
  // OpenID Connect Core, 11: without it a provider may ignore offline_access.
  if (request.scopes.includes("offline_access")) parameters.set("prompt", "consent");
  for (const [name, value] of Object.entries(server.settings.authorizeParams)) {
    parameters.set(name, value);
  }
  // RFC 9449, 10: a stolen code is then worthless without the key.
  if (binding.dpop) {
    parameters.set("dpop_jkt", await binding.dpop.handle.calculateThumbprint());
  }
  return parameters;
}

/** The server demands it, or the settings name the endpoint, which has no other use. */
function wantsPushed(server: Server): boolean {
  return server.as.require_pushed_authorization_requests === true ||
    server.settings.endpoints.pushed_authorization_request_endpoint !== undefined;
}

/** Pushes the request and returns its `request_uri` (RFC 9126). */
async function push(
  server: Server,
  parameters: URLSearchParams,
  binding: Binding,
  signal: AbortSignal,
): Promise<string> {
  const answer = await server.ask(
    () =>
      oauth.pushedAuthorizationRequest(
        server.as,
        server.client(),
        server.clientAuth(),
        parameters,
        {
          ...server.requestOptions("pushed_authorization_request_endpoint", signal),
          ...(binding.dpop && { DPoP: binding.dpop.handle }),
        },
      ),
    "The pushed authorization request endpoint",
    201,
  );
  return (await oauth.processPushedAuthorizationResponse(server.as, server.client(), answer))
    .request_uri;
}
