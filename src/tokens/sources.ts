import { isVantageError, type VantageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { TokenSource } from "./source.ts";

/** A ready token from the environment: used as it is, never stored, never refreshed. */
export function environmentToken(value: Secret): TokenSource {
  return { token: () => Promise.resolve({ value, type: "Bearer", expiresAt: undefined }) };
}

/** A source that lets the person log in where that is what is missing, and then asks once more. */
export function loginOnDemand(
  source: TokenSource,
  login: (reason: VantageError) => Promise<void>,
): TokenSource {
  return {
    async token(request) {
      try {
        return await source.token(request);
      } catch (error) {
        if (
          !isVantageError(
            error,
            "not_logged_in",
            "session_expired",
            "session_ended",
            "session_changed",
          )
        ) {
          throw error;
        }
        await login(error);
        return await source.token({ ...request, force: false });
      }
    },
  };
}
