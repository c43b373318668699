import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { AUTH_METHODS, clientMetadata } from "./client_metadata.ts";
import { loginFailure } from "./failure.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import type { ClientAuthMethod } from "./settings.ts";

export interface Registration {
  /** What the provider's consent page calls the client. */
  readonly clientName: string;
  /** What the client may ask for; the provider decides where they are left out. */
  readonly scopes?: readonly string[] | undefined;
  /** For a provider that does not let everybody register (RFC 7591, 3). */
  readonly initialAccessToken?: Secret | undefined;
  readonly signal: AbortSignal;
}

/** A client as the provider registered it, which is not always what was asked for. */
export interface RegisteredClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** Epoch milliseconds; absent for a secret that does not expire. */
  readonly clientSecretExpiresAt?: number;
  readonly clientAuth: ClientAuthMethod;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scopes?: readonly string[];
}

type Metadata = ReturnType<typeof clientMetadata>;

/**
 * Registers this program as a client (RFC 7591). The access to the registration that some give
 * (RFC 7592) is not kept: nothing here uses it, and it could take the client over. Throws
 * `not_supported`, `client_refused`, `login_rejected`, `network`, `provider_…`.
 */
export async function registerClient(
  server: Server,
  { clientName, scopes, initialAccessToken, signal }: Registration,
): Promise<RegisteredClient> {
  const options = server.requestOptions("registration_endpoint", signal);
  const metadata = clientMetadata(server);
  const asked = {
    ...metadata,
    client_name: clientName,
    ...(scopes && { scope: scopes.join(" ") }),
  };
  try {
    const answer = await server.ask(
      () =>
        oauth.dynamicClientRegistrationRequest(server.as, asked, {
          ...options,
          ...(initialAccessToken && { initialAccessToken: initialAccessToken.expose() }),
        }),
      "The registration endpoint",
      201,
    );
    // Some leave out that a secret does not expire; the client is registered all the same.
    const body = { client_secret_expires_at: 0, ...await answer.json() };
    const client = await oauth.processDynamicClientRegistrationResponse(
      Response.json(body, { status: 201 }),
    );
    return registered(server, metadata, client);
  } catch (error) {
    throw registrationFailure(loginFailure(error), initialAccessToken !== undefined);
  }
}

function registered(
  server: Server,
  asked: Metadata,
  client: Awaited<ReturnType<typeof oauth.processDynamicClientRegistrationResponse>>,
): RegisteredClient {
  const secret = text(client.client_secret);
  const registration = text(client.registration_access_token);
  if (registration) new Secret(registration); // found, from now on, in whatever is shown
  const clientSecret = secret === undefined ? undefined : new Secret(secret);
  const method = text(client.token_endpoint_auth_method) ?? asked.token_endpoint_auth_method;
  const clientAuth = AUTH_METHODS.find(([name]) => name === method)?.[1];
  if (!clientAuth || clientAuth !== "none" && !clientSecret) {
    throw new ProviderError("unusable", `The provider registered a client for '${method}'`, {
      status: 201,
      hint: "Register a client by hand, one for native applications",
    });
  }
  const expiresAt = Number(client.client_secret_expires_at) * 1000;
  const scopes = text(client.scope)?.split(" ").filter(Boolean);
  return {
    issuer: server.as.issuer,
    clientId: client.client_id,
    clientAuth,
    ...(clientAuth !== "none" && clientSecret && { clientSecret }),
    ...(clientAuth !== "none" && expiresAt > 0 && { clientSecretExpiresAt: expiresAt }),
    redirectUris: texts(client.redirect_uris) ?? asked.redirect_uris,
    grantTypes: texts(client.grant_types) ?? asked.grant_types,
    ...(scopes && { scopes }),
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;

/** The usual hints are about a client that there is. */
function registrationFailure(error: unknown, hadToken: boolean): unknown {
  if (!(error instanceof ProviderError)) return error;
  const isForbidden = error.status === 401 || error.status === 403;
  if (error.kind !== "refused" && !isForbidden) return error;
  const hint = !isForbidden
    ? "Register a client by hand, or change the settings that the provider does not like"
    : hadToken
    ? "Ask the provider for another initial access token, or register a client by hand"
    : "Ask the provider for an initial access token, and give it by `--initial-access-token -` on " +
      "stdin; or register a client by hand";
  return new VantageError("client_refused", `Cannot register a client: ${error.message}`, {
    hint,
    cause: error,
  });
}
