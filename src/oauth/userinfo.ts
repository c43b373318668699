import * as oauth from "oauth4webapi";
import { loginFailure } from "./failure.ts";
import { dpopKey } from "./dpop.ts";
import type { Server } from "./server.ts";
import type { Secret } from "../secret.ts";

/**
 * The claims of the UserInfo endpoint (OpenID Connect Core, 5.3), for a session without an ID
 * token. Throws `not_supported`, `network`, `provider_…`, `client_refused`.
 */
export async function userInfo(
  server: Server,
  token: { value: Secret; dpopKey?: Secret },
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const key = token.dpopKey && await dpopKey(server, token.dpopKey);
  const answer = await server.ask(
    () =>
      oauth.userInfoRequest(server.as, server.client(), token.value.expose(), {
        ...server.requestOptions("userinfo_endpoint", signal),
        ...(key && { DPoP: key.handle }),
      }),
    "The UserInfo endpoint",
  );
  try {
    return await oauth.processUserInfoResponse(
      server.as,
      server.client(),
      oauth.skipSubjectCheck,
      answer,
    );
  } catch (error) {
    throw loginFailure(error);
  }
}
