/** What the shell sees when a command ends (docs/errors.md lists them for users). */
export const EXIT = {
  done: 0,
  failure: 1,
  usage: 2,
  config: 3,
  login: 4,
  unreachable: 5,
  store: 6,
  /** As shells have it, for `exec` and `vantage-NAME` programs. */
  notExecutable: 126,
  notFound: 127,
  interrupted: 130,
} as const;

/**
 * Every error code, its exit status and what it means to a user.
 * Codes are stable: scripts compare them. `docs/errors.md` is generated from this table.
 */
export const ERROR_CODES = {
  internal: [EXIT.failure, "A defect in vantage itself"],
  not_supported: [EXIT.failure, "The provider does not offer what the command needs"],
  exchange_refused: [EXIT.failure, "Another service gives no credentials for the token"],
  listen_failed: [EXIT.failure, "The port for the browser's answer cannot be used"],
  usage: [EXIT.usage, "The command line is wrong"],
  input_required: [EXIT.usage, "An answer is needed and nobody can be asked"],
  config_invalid: [EXIT.config, "The configuration file is wrong, or a setting in it is"],
  config_unreadable: [EXIT.config, "The configuration file cannot be read or written"],
  config_secret: [EXIT.config, "The configuration file holds a secret"],
  config_incomplete: [EXIT.config, "A setting that the command needs is missing"],
  profile_unknown: [EXIT.config, "There is no profile of that name"],
  profile_exists: [EXIT.config, "There is a profile of that name already"],
  provider_unknown: [EXIT.config, "There is no provider of that name"],
  client_exists: [EXIT.config, "The provider has a client id already"],
  account_exists: [EXIT.config, "There is an account of that name already"],
  account_unknown: [EXIT.config, "There is no account of that name"],
  home_unknown: [EXIT.config, "No directory to keep files in is known"],
  not_logged_in: [EXIT.login, "There is no session for the account"],
  session_expired: [EXIT.login, "The token has expired and cannot be refreshed"],
  session_ended: [EXIT.login, "The provider no longer accepts the saved session"],
  session_changed: [EXIT.login, "Issuer, client or scopes changed since the login"],
  login_denied: [EXIT.login, "The person or the provider said no"],
  login_expired: [EXIT.login, "The device code expired before it was approved"],
  login_timed_out: [EXIT.login, "Nobody completed the login in time"],
  login_rejected: [EXIT.login, "The answer to the login did not pass validation"],
  client_refused: [EXIT.login, "The provider refuses this client or its request"],
  reference_invalid: [EXIT.usage, "A reference is not well-formed, or names what cannot exist"],
  reference_unknown: [EXIT.login, "The account has no credential of that kind"],
  vals_failed: [EXIT.failure, "The program vals is missing, or cannot resolve the reference"],
  env_file_invalid: [EXIT.usage, "An env file of `exec` is wrong"],
  template_invalid: [EXIT.usage, "A template of `inject` is wrong"],
  file_unusable: [EXIT.failure, "A file that the command line names cannot be read or written"],
  command_refused: [EXIT.notExecutable, "The program is there and cannot be executed"],
  command_not_found: [EXIT.notFound, "There is no program of that name"],
  network: [EXIT.unreachable, "The provider cannot be reached"],
  provider_unavailable: [EXIT.unreachable, "The provider answers with a failure"],
  provider_answer: [EXIT.unreachable, "The provider's answer cannot be used"],
  lock_timeout: [EXIT.unreachable, "Another process has been refreshing for too long"],
  store_unusable: [EXIT.store, "The store cannot be read or written"],
  store_full: [EXIT.store, "The disk that holds the store is full"],
  store_insecure: [EXIT.store, "A token file is a symbolic link or readable by others"],
  store_corrupt: [EXIT.store, "A token file does not hold what vantage wrote"],
  store_newer: [EXIT.store, "A token file was written by a newer vantage"],
  store_missing: [EXIT.store, "There is no keyring here, or nothing that serves it"],
  store_locked: [EXIT.store, "The keyring is locked"],
  store_unresponsive: [EXIT.store, "The keyring does not answer"],
  store_tampered: [EXIT.store, "The SOPS file was changed by something that has not its key"],
  store_format: [EXIT.store, "The SOPS file is damaged, or needs what vantage does not support"],
  store_key: [EXIT.store, "No age identity decrypts the SOPS file, or no recipient can be used"],
  store_conflict: [EXIT.store, "The account changed while it was being written"],
  daemon_running: [EXIT.failure, "A daemon listens there already"],
  daemon_missing: [EXIT.failure, "No daemon listens"],
  daemon_unusable: [EXIT.failure, "The daemon's socket cannot be used"],
  daemon_answer: [EXIT.failure, "The daemon's answer cannot be used"],
  daemon_busy: [EXIT.failure, "The daemon does no more of this at a time"],
  daemon_differs: [EXIT.failure, "The daemon's settings of the account are not the caller's"],
  api_refused: [EXIT.failure, "The API answers with an error"],
  token_refused: [EXIT.login, "The API does not accept the account's token"],
  api_unavailable: [EXIT.unreachable, "The API answers that it cannot serve now"],
  api_answer: [EXIT.unreachable, "The API's answer cannot be used"],
  redirect_refused: [EXIT.failure, "The API redirects to where the request must not go"],
  output_refused: [EXIT.failure, "What the API sent is not for a terminal, or has no such form"],
  download_failed: [EXIT.failure, "A download cannot be completed or put in its place"],
  graphql_invalid: [EXIT.usage, "The GraphQL document is wrong"],
  graphql_failed: [EXIT.failure, "The GraphQL answer has errors"],
  jq_invalid: [EXIT.usage, "The jq expression is wrong"],
  jq_failed: [EXIT.failure, "The jq expression fails on what the API sent"],
  interrupted: [EXIT.interrupted, "The command was interrupted"],
} as const satisfies Record<string, readonly [exit: number, meaning: string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

interface ErrorOptions {
  readonly hint?: string;
  readonly excerpt?: string;
  readonly cause?: unknown;
}

/** An error that a user can act on: what happened, and what to do next. */
export class VantageError extends Error {
  override readonly name = "VantageError";
  readonly code: ErrorCode;
  /** What to do next: a sentence, usually with a command. */
  readonly hint: string | undefined;
  /** Lines to show under the message as they are, such as a quoted one with a caret under a fault. */
  readonly excerpt: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.excerpt = options.excerpt;
  }

  get exitStatus(): number {
    return ERROR_CODES[this.code][0];
  }
}

/** Whether `error` is a {@link VantageError} with one of `codes` (any code when none is given). */
export function isVantageError(error: unknown, ...codes: ErrorCode[]): error is VantageError {
  return error instanceof VantageError && (codes.length === 0 || codes.includes(error.code));
}

/** Anything thrown, as a {@link VantageError}; what is not one is a defect of ours. */
export function toVantageError(error: unknown): VantageError {
  if (error instanceof VantageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new VantageError("internal", `Unexpected error: ${message}`, {
    cause: error,
    hint: "Run the command again with -v and report what it prints",
  });
}
