/** What the front saw of one request, kept for tests to look at. */
export interface RecordedRequest {
  /** The endpoint's name where the path is one ("token", "discovery"...). */
  readonly endpoint: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The parameters of a form body; empty where the body is something else. */
  readonly form: Readonly<Record<string, string>>;
  /** The form's `grant_type`, "device_code" for the long URN of RFC 8628. */
  readonly grantType: string | undefined;
  readonly headers: Headers;
  readonly body: string;
  /** When it arrived, in milliseconds since the epoch by the machine's clock. */
  readonly at: number;
  /** Whether an answer was written, as a whole, to the connection. */
  answered: boolean;
  /** The status of the answer, once there is one. */
  status: number | undefined;
}

/** Chooses requests. What is left out matches anything. */
export interface Match {
  /** An endpoint's name, or a path when it starts with "/". */
  readonly path?: string;
  /** "refresh_token", "authorization_code", "device_code", "client_credentials". */
  readonly grantType?: string;
}

/** One answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What to do to a request instead of answering it properly. */
export type Fault =
  /** Answers at once; the server behind never sees the request. `body` that is no string goes as JSON. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly headers?: HeadersInit;
    readonly body?: unknown;
    readonly contentType?: string;
  }
  /** Answers with a redirect (302 unless told). */
  | { readonly kind: "redirect"; readonly location: string; readonly status?: number }
  /** Reads the request and closes without an answer. */
  | { readonly kind: "close" }
  /** The server behind processes the request; its answer is dropped and the connection closed. */
  | { readonly kind: "close-after" }
  /** Reads the request and never answers. */
  | { readonly kind: "hang" }
  /** The server behind processes the request; its answer is never sent. */
  | { readonly kind: "hang-after" }
  /** Processed and answered properly, `ms` milliseconds late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Processed; half of the answer's body is sent, then the connection is closed. */
  | { readonly kind: "truncate" }
  /** Processed; the answer is changed on its way. */
  | {
    readonly kind: "rewrite";
    // deno-lint-ignore no-explicit-any -- a JSON answer has whatever members the test looks for
    readonly json?: (body: any) => unknown;
    readonly answer?: (answer: Answer) => Answer | Promise<Answer>;
  };

/** An OAuth error answer (RFC 6749, section 5.2): `slow_down`, `authorization_pending`... */
export function oauthError(error: string, description?: string, status = 400): Fault {
  return {
    kind: "status",
    status,
    headers: { "cache-control": "no-store" },
    body: { error, ...(description === undefined ? {} : { error_description: description }) },
  };
}

/** Whether `match` chooses `request`. */
export function matches(match: Match, request: RecordedRequest): boolean {
  const { path, grantType } = match;
  if (path !== undefined && path !== request.path && path !== request.endpoint) return false;
  return grantType === undefined || grantType === request.grantType ||
    grantType === request.form.grant_type;
}
