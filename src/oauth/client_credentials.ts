import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { dpopKey } from "./dpop.ts";
import { grantParameters, type GrantRequest } from "./grant_request.ts";
import type { Server } from "./server.ts";
import { readTokenResponse } from "./token_response.ts";
import type { TokenSet } from "./token_set.ts";

/** Scopes that concern a person, which a machine does not ask for. */
const PERSONAL = new Set(["openid", "profile", "email", "address", "phone", "offline_access"]);

/**
 * The client credentials grant (RFC 6749, 4.4), for machines. Scopes that only make sense for
 * a person are left out. Throws `config_incomplete`, `client_refused`, `network`, `provider_…`.
 */
export async function clientCredentialsLogin(
  server: Server,
  request: GrantRequest & { signal?: AbortSignal; dpopKey?: Secret },
): Promise<TokenSet> {
  if (!server.settings.clientSecret) {
    throw new VantageError(
      "config_incomplete",
      "The client credentials flow needs a client secret",
      {
        hint: `Run \`${
          server.settings.howToSet("client_secret", "-")
        }\` with the secret on stdin, or set VANTAGE_CLIENT_SECRET for a profile`,
      },
    );
  }
  const key = server.settings.dpop ? await dpopKey(server, request.dpopKey) : undefined;
  const scopes = request.scopes.filter((scope) => !PERSONAL.has(scope));
  const sentAt = server.clock.now();
  const answer = await server.ask(
    () =>
      oauth.clientCredentialsGrantRequest(
        server.as,
        server.client(),
        server.clientAuth(),
        grantParameters(server.settings, { scopes }),
        {
          ...server.requestOptions("token_endpoint", request.signal),
          ...(key && { DPoP: key.handle }),
        },
      ),
    "The token endpoint",
  );
  return await readTokenResponse(server, answer, {
    sentAt,
    ...(request.signal && { signal: request.signal }),
    ...(key && { dpop: key }),
    process: (as, answer) => oauth.processClientCredentialsResponse(as, server.client(), answer),
  });
}
