import type { Session } from "./session.ts";
import type { AccessToken } from "./source.ts";
import type { TokenState } from "./state.ts";

/** The token that can be used as it is in this state; undefined where it has to be renewed first. */
export function readyToken(state: TokenState): AccessToken | undefined {
  switch (state.kind) {
    case "key":
      return { value: state.apiKey, type: "Bearer", expiresAt: undefined };
    case "fresh":
      return accessToken(state.session);
    default:
      return undefined;
  }
}

/** A session's access token, whatever life it has left. */
export function accessToken(session: Session): AccessToken {
  return {
    value: session.accessToken,
    type: session.tokenType,
    expiresAt: session.expiresAt,
    ...(session.dpopKey && { dpopKey: session.dpopKey }),
  };
}
