import type { Answer, Fault } from "../support/faults.ts";
import { oauthError } from "../support/faults.ts";
import type { Provider, ProviderOptions } from "../support/provider.ts";

/** How a command ends. */
export type Ending =
  /** Exit 0, with a new token. */
  | "new token"
  /** Exit 0, with the old token and a warning. */
  | "old token"
  /** Exit 5. */
  | "network"
  | "provider_unavailable"
  | "provider_answer"
  /** Exit 4. */
  | "session_ended"
  | "client_refused"
  | "login_rejected";

/** One way a provider can misbehave when it is asked to refresh, and what comes of it. */
export interface FaultRow {
  /** What the provider does, for people: completes "The provider…". */
  readonly does: string;
  /** Does it to `provider`, for requests that refresh. */
  readonly break: (provider: Provider) => void;
  readonly provider?: ProviderOptions;
  /** Refresh requests sent by one command. */
  readonly requests: number;
  /** How `vantage token` ends while the old access token still lives, and when it is dead. */
  readonly lives: Ending;
  readonly dead: Ending;
  /** What the token file holds afterwards. */
  readonly record: "unchanged" | "new" | "ended";
  /**
   * How the next command ends, the fault gone and the token dead: with a new token, still waiting
   * as the provider asked (no request), or with the session ended.
   */
  readonly next: "new token" | "waits" | "session_ended";
  /** Life of the new access token (seconds), where it is not the provider's hour. */
  readonly life?: number;
  /**
   * How many requests time out, before or after the provider used the refresh token up. Such a
   * row is run with a clock that the test moves.
   */
  readonly timeouts?: { readonly hangs: number; readonly side: "before" | "after" };
}

const REFRESH = { path: "token", grantType: "refresh_token" };

const always = (fault: Fault) => (provider: Provider) => void provider.fault(REFRESH, fault);
const once = (fault: Fault) => (provider: Provider) =>
  void provider.fault(REFRESH, fault, { times: 1 });

// deno-lint-ignore no-explicit-any -- whatever an answer holds
const answers = (json: (body: any) => unknown) => always({ kind: "rewrite", json });

const asHtml = (answer: Answer): Answer => {
  const headers = new Headers(answer.headers);
  headers.set("content-type", "text/html; charset=utf-8");
  return { ...answer, headers };
};

/** The one answer on which all rows of a sort agree. */
const failing = (dead: Ending, next: FaultRow["next"] = "new token") =>
  ({ lives: "old token", dead, record: "unchanged", next }) as const;
const renewed = {
  lives: "new token",
  dead: "new token",
  record: "new",
  next: "new token",
} as const;
const ended = {
  lives: "session_ended",
  dead: "session_ended",
  record: "ended",
  next: "session_ended",
} as const;

const page = { body: "<!doctype html><title>Sign in to the wireless network</title>" };

/** Every fault of a provider that the refresh is tested against. `docs/token-lifecycle.md` shows it. */
export const FAULTS: readonly FaultRow[] = [
  {
    does: "refuses connections",
    break: (provider) => provider.down(),
    requests: 0,
    ...failing("network"),
  },
  {
    does: "answers 500",
    break: always({ kind: "status", status: 500 }),
    requests: 3,
    ...failing("provider_unavailable"),
  },
  {
    does: "answers 503 once, with `Retry-After: 1`",
    break: once({ kind: "status", status: 503, headers: { "retry-after": "1" } }),
    requests: 2,
    ...renewed,
  },
  {
    does: "answers 503 with `Retry-After: 120`",
    break: always({ kind: "status", status: 503, headers: { "retry-after": "120" } }),
    requests: 1,
    ...failing("provider_unavailable", "waits"),
  },
  {
    does: "answers 429 with `Retry-After: 60`",
    break: always({ kind: "status", status: 429, headers: { "retry-after": "60" } }),
    requests: 1,
    ...failing("provider_unavailable", "waits"),
  },
  {
    does: "answers 408 once",
    break: once({ kind: "status", status: 408 }),
    requests: 2,
    ...renewed,
  },
  {
    does: "answers 400 `temporarily_unavailable`",
    break: always(oauthError("temporarily_unavailable")),
    requests: 3,
    ...failing("provider_unavailable"),
  },
  {
    does: "answers 403 with a web page",
    break: always({ kind: "status", status: 403, contentType: "text/html", ...page }),
    requests: 3,
    ...failing("provider_answer"),
  },
  {
    does: "redirects",
    break: always({ kind: "redirect", location: "/token", status: 307 }),
    requests: 3,
    ...failing("provider_answer"),
  },
  {
    does: "closes the connection once, before it used the refresh token up",
    break: once({ kind: "close" }),
    requests: 2,
    ...renewed,
  },
  {
    does: "closes every connection without an answer",
    break: always({ kind: "close" }),
    requests: 2,
    ...failing("network"),
  },
  {
    does: "closes the connection once, after it used the refresh token up",
    break: once({ kind: "close-after" }),
    requests: 2,
    ...ended,
  },
  {
    does: "closes the connection once, and takes a refresh token again",
    provider: { rotate: false },
    break: once({ kind: "close-after" }),
    requests: 2,
    ...renewed,
  },
  {
    does: "answers slowly",
    break: always({ kind: "slow", ms: 300 }),
    requests: 1,
    ...renewed,
  },
  {
    does: "never answers",
    break: always({ kind: "hang" }),
    requests: 2,
    ...failing("network"),
    timeouts: { hangs: 2, side: "before" },
  },
  {
    does: "does not answer once, and used the refresh token up",
    break: once({ kind: "hang-after" }),
    requests: 2,
    ...ended,
    timeouts: { hangs: 1, side: "after" },
  },
  {
    does: "cuts its answer short once, and used the refresh token up",
    break: once({ kind: "truncate" }),
    requests: 2,
    ...ended,
  },
  {
    does: "cuts every answer short, and takes a refresh token again",
    provider: { rotate: false },
    break: always({ kind: "truncate" }),
    requests: 2,
    ...failing("network"),
  },
  {
    does: "is hidden behind a web page that answers 200",
    break: always({ kind: "status", status: 200, contentType: "text/html", ...page }),
    requests: 2,
    ...failing("provider_answer"),
  },
  {
    does: "is hidden behind such a page once",
    break: once({ kind: "status", status: 200, contentType: "text/html", ...page }),
    requests: 2,
    ...renewed,
  },
  {
    does: "answers 200 without a body",
    break: always({ kind: "status", status: 200 }),
    requests: 2,
    ...failing("provider_answer"),
  },
  {
    does: "calls its JSON `text/html`",
    break: always({ kind: "rewrite", answer: asHtml }),
    requests: 1,
    ...renewed,
  },
  {
    does: "names no `expires_in`",
    break: answers(({ expires_in: _, ...rest }) => rest),
    requests: 1,
    life: 55 * 60,
    ...renewed,
  },
  {
    does: "says `expires_in: 0`",
    break: answers((body) => ({ ...body, expires_in: 0 })),
    requests: 1,
    life: 55 * 60,
    ...renewed,
  },
  {
    does: "says `expires_in: -1`",
    break: answers((body) => ({ ...body, expires_in: -1 })),
    requests: 1,
    life: 55 * 60,
    ...renewed,
  },
  {
    does: 'says `expires_in: "7200"`, a string',
    break: answers((body) => ({ ...body, expires_in: "7200" })),
    requests: 1,
    life: 7200,
    ...renewed,
  },
  {
    does: "says `expires_in: 1e300`",
    break: answers((body) => ({ ...body, expires_in: 1e300 })),
    requests: 1,
    life: 10 * 365 * 86_400,
    ...renewed,
  },
  {
    does: "sends null for `scope`, `id_token` and `expires_in`",
    break: answers((body) => ({ ...body, scope: null, id_token: null, expires_in: null })),
    requests: 1,
    life: 55 * 60,
    ...renewed,
  },
  {
    does: "sends no new refresh token, and takes the old one again",
    provider: { rotate: false },
    break: answers(({ refresh_token: _, ...rest }) => rest),
    requests: 1,
    ...renewed,
  },
  {
    does: "has a clock two hours ahead",
    provider: { clockOffset: 7200 },
    break: () => {},
    requests: 1,
    ...renewed,
  },
  {
    does: "has a clock two hours behind",
    provider: { clockOffset: -7200 },
    break: () => {},
    requests: 1,
    ...renewed,
  },
  {
    does: "answers `invalid_grant`",
    break: always(oauthError("invalid_grant", "grant request is invalid")),
    requests: 1,
    ...ended,
  },
  {
    does: "answers 401 `invalid_client`",
    break: always(oauthError("invalid_client", "client is unknown", 401)),
    requests: 1,
    ...failing("client_refused"),
  },
  {
    does: "sends an ID token that somebody else signed",
    break: (provider) =>
      answers(async (body) => ({
        ...body,
        id_token: await provider.forgeIdToken(body.id_token, { key: "other" }),
      }))(provider),
    requests: 1,
    ...failing("login_rejected", "session_ended"),
  },
  {
    does: "sends an ID token of another person",
    break: (provider) =>
      answers(async (body) => ({
        ...body,
        id_token: await provider.forgeIdToken(body.id_token, { claims: { sub: "mallory" } }),
      }))(provider),
    requests: 1,
    ...failing("login_rejected", "session_ended"),
  },
];
