import { VantageError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

/** What an answer that is no success amounts to. */
export type ProviderErrorKind =
  /** 408, 429, 5xx, or an OAuth error that says to come back: definite, and it passes. */
  | "unavailable"
  /** An OAuth error (RFC 6749, 5.2): the provider understood and said no. */
  | "refused"
  /** Neither: a page of a proxy, a redirect, a truncated body. */
  | "unusable";

/** An answer of the provider that is not what was asked for. The cause chain, redacted, is in the message. */
export class ProviderError extends VantageError {
  readonly kind: ProviderErrorKind;
  readonly status: number;
  /** The OAuth `error` code by its standard name, for `refused`. */
  readonly oauthError: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** The time between polls that a `slow_down` of GitHub names (milliseconds). */
  readonly intervalMs: number | undefined;

  constructor(
    kind: ProviderErrorKind,
    message: string,
    facts: {
      status: number;
      oauthError?: string;
      retryAfterMs?: number;
      intervalMs?: number;
      hint?: string;
    },
  ) {
    super(CODES[kind], message, { hint: facts.hint ?? HINTS[kind] });
    this.kind = kind;
    this.status = facts.status;
    this.oauthError = facts.oauthError;
    this.retryAfterMs = facts.retryAfterMs;
    this.intervalMs = facts.intervalMs;
  }
}

const CODES: Record<ProviderErrorKind, ErrorCode> = {
  unavailable: "provider_unavailable",
  refused: "client_refused",
  unusable: "provider_answer",
};

const HINTS: Record<ProviderErrorKind, string> = {
  unavailable: "Wait a moment, then run the command again",
  refused: "Check client_id, scopes and flow in the settings against the client's registration",
  unusable: "Check issuer and proxy settings; `vantage doctor` shows what answers",
};
