import { isVantageError, VantageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { LOGIN_NEEDED } from "./login_needed.ts";
import type { TokenSource } from "./source.ts";

/** A ready token from the environment: used as it is, never stored. Throws `usage` for a refresh. */
export function environmentToken(value: Secret): TokenSource {
  return {
    token(request) {
      if (!request?.force) {
        return Promise.resolve({ value, type: "Bearer", expiresAt: undefined });
      }
      const message = "Cannot refresh the token that VANTAGE_TOKEN holds";
      const hint = "Unset VANTAGE_TOKEN to use the saved session";
      return Promise.reject(new VantageError("usage", message, { hint }));
    },
  };
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
        if (!isVantageError(error, ...LOGIN_NEEDED)) throw error;
        await login(error);
        return await source.token({ ...request, force: false });
      }
    },
  };
}
