import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { successfulAnswer } from "./answer.ts";
import type { Secret } from "../secret.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import type { TokenSet } from "./token_set.ts";

/**
 * Revokes a session's tokens at the provider (RFC 7009): the refresh token first, as many
 * providers end the grant with it. Throws `not_supported`, `network`, `provider_…`,
 * `client_refused`.
 */
export async function revoke(
  server: Server,
  session: TokenSet,
  signal?: AbortSignal,
): Promise<void> {
  const { refreshToken, accessToken } = session;
  // GitHub's API takes access tokens only, and ends the refresh token with them.
  if (!refreshToken || server.settings.revocationMethod === "delete") {
    return await revokeToken(server, accessToken, "access_token", signal);
  }
  await revokeToken(server, refreshToken, "refresh_token", signal);
  try {
    await revokeToken(server, accessToken, "access_token", signal);
  } catch (error) {
    // One that nobody keeps (a JWT) cannot be revoked; it dies soon, and nothing renews it now.
    const selfContained = error instanceof ProviderError &&
      error.oauthError === "unsupported_token_type";
    if (!selfContained) throw error;
  }
}

async function revokeToken(
  server: Server,
  token: Secret,
  hint: "refresh_token" | "access_token",
  signal?: AbortSignal,
): Promise<void> {
  const response = server.settings.revocationMethod === "delete"
    ? await deleteToken(server, token, signal)
    : await oauth.revocationRequest(
      server.as,
      server.client(),
      server.clientAuth(),
      token.expose(),
      {
        ...server.requestOptions("revocation_endpoint", signal),
        additionalParameters: { token_type_hint: hint },
      },
    );
  // A success needs no body; a failure is judged as everywhere.
  if (!response.ok) await successfulAnswer(response, "The revocation endpoint");
}

/**
 * As GitHub has it (REST API, "Delete an app token"): DELETE with the token as JSON, and the
 * client's id and secret by Basic. The address names the client.
 */
async function deleteToken(
  server: Server,
  token: Secret,
  signal?: AbortSignal,
): Promise<Response> {
  const { clientId, clientSecret, howToSet } = server.settings;
  if (!clientSecret) {
    throw new VantageError("not_supported", "The provider revokes only with a client secret", {
      hint: `Run \`${howToSet("client_secret", "-")}\``,
    });
  }
  const address = server.requireEndpoint("revocation_endpoint").href
    .replace(/%7Bclient_id%7D/gi, encodeURIComponent(clientId));
  return await server.providerClock.send(address, {
    method: "DELETE",
    headers: {
      accept: "application/json",
      authorization: `Basic ${btoa(`${clientId}:${clientSecret.expose()}`)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ access_token: token.expose() }),
    ...(signal && { signal }),
  });
}
