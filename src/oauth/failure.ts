import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { ProviderError } from "./provider_error.ts";

/**
 * Anything that went wrong while an answer was processed, as an error for the user. What
 * `oauth4webapi` finds wrong with an answer is a reason not to believe it.
 */
export function loginFailure(error: unknown): unknown {
  if (error instanceof VantageError) return error;
  if (error instanceof oauth.AuthorizationResponseError) return authorizationRefusal(error);
  if (
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError
  ) {
    const reason = REASONS[error.code ?? ""] ?? "it does not follow the protocol";
    return new VantageError(
      "login_rejected",
      `Cannot trust the provider's answer: ${reason} (${describe(error)})`,
      { cause: error, hint: hintFor(error) },
    );
  }
  return error;
}

/** The provider sent the browser back with an error (RFC 6749, 4.1.2.1). */
function authorizationRefusal(error: oauth.AuthorizationResponseError): VantageError {
  const detail = error.error_description ? ` (${error.error_description})` : "";
  if (error.error === "access_denied") {
    return new VantageError("login_denied", `The login was denied: ${error.error}${detail}`, {
      hint: "Run `vantage login` again and approve it",
    });
  }
  if (error.error === "temporarily_unavailable" || error.error === "server_error") {
    return new ProviderError("unavailable", `The provider failed: ${error.error}${detail}`, {
      status: 302,
    });
  }
  return new ProviderError("refused", `The provider refused the login: ${error.error}${detail}`, {
    status: 302,
    oauthError: error.error,
  });
}

const REASONS: Record<string, string> = {
  [oauth.JWT_TIMESTAMP_CHECK]: "the ID token is not valid at this time",
  [oauth.JWT_CLAIM_COMPARISON]: "a claim of the ID token is not the expected one",
  [oauth.JSON_ATTRIBUTE_COMPARISON]: "the metadata is of another issuer",
  [oauth.KEY_SELECTION]: "no key of the issuer fits the ID token",
};

function describe(error: Error & { code?: string }): string {
  const cause = error.cause as { claim?: unknown; attribute?: unknown } | undefined;
  const name = cause?.claim ?? cause?.attribute;
  return typeof name === "string" ? `${error.message}: ${name}` : error.message;
}

function hintFor(error: Error & { code?: string }): string {
  if (error.code === oauth.JWT_TIMESTAMP_CHECK) {
    return "Set this machine's clock, then log in again";
  }
  if (error.code === oauth.JSON_ATTRIBUTE_COMPARISON) {
    return "Write the issuer exactly as the provider's metadata does";
  }
  return "Nothing was stored. Check the issuer and client_id; if they are right, tell the provider";
}

/** Nobody completed the login within `--timeout`. */
export function timedOut(): VantageError {
  return new VantageError("login_timed_out", "Nobody completed the login in time", {
    hint: "Run `vantage login` again, with a longer --timeout if need be",
  });
}
