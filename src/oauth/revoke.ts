import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { successfulAnswer } from "./answer.ts";
import type { Secret } from "../secret.ts";
import { basic } from "./client_auth.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import type { RevocationMethod } from "./settings.ts";
import type { TokenSet } from "./token_set.ts";

type TokenKind = "refresh_token" | "access_token";

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
  const { revocationMethod } = server.settings;
  // GitHub's API takes access tokens only.
  if (!refreshToken || revocationMethod === "delete") {
    return await revokeToken(server, accessToken, "access_token", signal);
  }
  await revokeToken(server, refreshToken, "refresh_token", signal);
  // OpenAI's own client leaves it at that.
  if (revocationMethod === "json") return;
  try {
    await revokeToken(server, accessToken, "access_token", signal);
  } catch (error) {
    // One that nobody keeps (a JWT) cannot be revoked; it dies soon, and nothing renews it now.
    if (!isRefusal(error, "unsupported_token_type")) throw error;
  }
}

async function revokeToken(
  server: Server,
  token: Secret,
  kind: TokenKind,
  signal?: AbortSignal,
): Promise<void> {
  const response = await SENDERS[server.settings.revocationMethod](server, token, kind, signal);
  // A success needs no body; a failure is judged as everywhere.
  if (response.ok) return;
  try {
    await successfulAnswer(response, "The revocation endpoint");
  } catch (error) {
    // Google says so of a token that is no more, as its access token is after the refresh token.
    if (!isRefusal(error, "invalid_token")) throw error;
  }
}

const isRefusal = (error: unknown, code: string) =>
  error instanceof ProviderError && error.kind === "refused" && error.oauthError === code;

type Sender = (
  server: Server,
  token: Secret,
  kind: TokenKind,
  signal?: AbortSignal,
) => Promise<Response>;

const SENDERS: Record<RevocationMethod, Sender> = {
  /** RFC 7009, 2.1. */
  post: (server, token, kind, signal) =>
    oauth.revocationRequest(server.as, server.client(), server.clientAuth(), token.expose(), {
      ...server.requestOptions("revocation_endpoint", signal),
      additionalParameters: { token_type_hint: kind },
    }),

  /** The same as JSON, as OpenAI's own client sends it. */
  json: (server, token, kind, signal) =>
    sendJson(server, "POST", server.requireEndpoint("revocation_endpoint").href, {
      token: token.expose(),
      token_type_hint: kind,
      client_id: server.settings.clientId,
    }, { signal }),

  /**
   * As GitHub has it (REST API, "Delete an app token"): DELETE with the token as JSON, and the
   * client's id and secret by Basic. The address names the client.
   */
  delete(server, token, _kind, signal) {
    const { clientId, clientSecret, howToSet } = server.settings;
    if (!clientSecret) {
      throw new VantageError("not_supported", "The provider revokes only with a client secret", {
        hint: `Run \`${howToSet("client_secret", "-")}\``,
      });
    }
    const address = server.requireEndpoint("revocation_endpoint").href
      .replace(/%7Bclient_id%7D|\{client_id\}/gi, encodeURIComponent(clientId));
    const authorization = basic(clientId, clientSecret.expose());
    return sendJson(server, "DELETE", address, { access_token: token.expose() }, {
      signal,
      headers: { authorization },
    });
  },
};

async function sendJson(
  server: Server,
  method: string,
  url: string,
  body: unknown,
  { signal, headers = {} }: { signal: AbortSignal | undefined; headers?: Record<string, string> },
): Promise<Response> {
  return await server.providerClock.send(url, {
    method,
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}
