/** What an error is called: by its provider, and by the standards. */
export interface NamedError {
  readonly own: string;
  readonly standard: string;
}

/** What some providers call by names of their own. */
const STANDARD_NAMES: Readonly<Record<string, string>> = {
  bad_refresh_token: "invalid_grant", // GitHub
  bad_verification_code: "invalid_grant", // GitHub, Microsoft
  incorrect_client_credentials: "invalid_client", // GitHub
  incorrect_device_code: "invalid_grant", // GitHub
  token_expired: "expired_token", // GitHub
  authorization_declined: "access_denied", // Microsoft
  interaction_required: "invalid_grant", // Microsoft: only a person can go on
  refresh_token_expired: "invalid_grant", // OpenAI
  refresh_token_reused: "invalid_grant", // OpenAI
  refresh_token_invalidated: "invalid_grant", // OpenAI
};

/**
 * The error in an answer: `error` of RFC 6749, 5.2, the code inside of it as OpenAI writes it,
 * or the status again, as Reddit does; else what the challenge says (RFC 6750, 3; RFC 9449, 9).
 */
export function errorCode(
  error: unknown,
  status: number,
  challenge: string | null,
): NamedError | undefined {
  const own = codeOf(error) ?? challenge?.match(/(?:^|[\s,])error="?([\w-]+)/)?.[1];
  if (own === undefined) return error === status ? repeatedStatus(status) : undefined;
  return { own, standard: Object.hasOwn(STANDARD_NAMES, own) ? STANDARD_NAMES[own]! : own };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return text(error);
  const { code, type } = error as Record<string, unknown>;
  return text(code) ?? text(type) ?? "error";
}

function repeatedStatus(status: number): NamedError | undefined {
  if (status < 400 || status >= 500) return undefined;
  const name = status === 401 ? "invalid_client" : "invalid_request";
  return { own: name, standard: name };
}

/** The words for a person inside of an `error` that is an object. */
export function errorMessage(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "message" in error
    ? text(error.message)
    : undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
