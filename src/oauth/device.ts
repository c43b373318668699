import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { NetworkError } from "../http.ts";
import { type DeviceCode, type DeviceGrant, requestDeviceCode } from "./device_code.ts";
import type { DPoPKey } from "./dpop.ts";
import { dpopKey } from "./dpop.ts";
import { timedOut } from "./failure.ts";
import { type GrantRequest, resourceParameter } from "./grant_request.ts";
import { ProviderError } from "./provider_error.ts";
import type { Server } from "./server.ts";
import { readTokenResponse } from "./token_response.ts";
import type { TokenSet } from "./token_set.ts";

/** RFC 8628, 3.5: for good, once a server has asked for it. */
const SLOW_DOWN_MS = 5_000;
const LONGEST_BACKOFF_MS = 60_000;

export interface DeviceLogin extends GrantRequest {
  /** How long to wait for the person (milliseconds); the code's own life when absent. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  /** Shows the code to the person. */
  readonly onCode: (code: DeviceCode) => Promise<void>;
  readonly onPending: () => void;
}

/**
 * The device authorization grant (RFC 8628). Throws `login_denied`, `login_expired`,
 * `login_timed_out`, `client_refused`, `login_rejected`, or the signal's reason.
 */
export async function deviceLogin(server: Server, login: DeviceLogin): Promise<TokenSet> {
  const { clock } = server;
  server.requireEndpoint("token_endpoint"); // better to learn it now than after the approval
  const key = server.settings.dpop ? await dpopKey(server) : undefined;
  const grant = await requestDeviceCode(server, login);
  const patience = Math.min(grant.lifeMs, login.timeoutMs ?? grant.lifeMs);
  const deadline = clock.now() + patience;
  await login.onCode({ ...grant.shown, expiresAt: deadline });

  let interval = grant.intervalMs;
  let backoff = 0;
  while (true) {
    const pause = interval + backoff;
    if (clock.now() + pause > deadline) {
      await clock.sleep(Math.max(0, deadline - clock.now()), login.signal);
      throw patience < grant.lifeMs ? timedOut() : expired();
    }
    await clock.sleep(pause, login.signal);
    const answer = await poll(server, grant, login.signal, key);
    switch (answer.kind) {
      case "granted":
        return answer.tokens;
      case "pending":
        backoff = 0;
        login.onPending();
        break;
      case "slow_down":
        backoff = 0;
        interval = Math.max(interval + SLOW_DOWN_MS, answer.intervalMs ?? 0);
        break;
      case "away":
        // The person is not to blame and may still be thinking: ask less often and go on.
        backoff = Math.min(Math.max(backoff * 2, interval), LONGEST_BACKOFF_MS);
        backoff = Math.max(backoff, (answer.retryAfterMs ?? 0) - interval);
        break;
    }
  }
}

type Polled =
  | { readonly kind: "granted"; readonly tokens: TokenSet }
  | { readonly kind: "pending" }
  | { readonly kind: "slow_down"; readonly intervalMs: number | undefined }
  | { readonly kind: "away"; readonly retryAfterMs: number | undefined };

async function poll(
  server: Server,
  { deviceCode }: DeviceGrant,
  signal: AbortSignal,
  key: DPoPKey | undefined,
): Promise<Polled> {
  const sentAt = server.clock.now();
  let answer: Response;
  try {
    answer = await server.ask(
      () =>
        oauth.deviceCodeGrantRequest(
          server.as,
          server.client(),
          server.clientAuth(),
          deviceCode.expose(),
          {
            ...server.requestOptions("token_endpoint", signal),
            ...(key && { DPoP: key.handle }),
            ...resourceParameter(server.settings),
          },
        ),
      "The token endpoint",
    );
  } catch (error) {
    return judge(error);
  }
  const tokens = await readTokenResponse(server, answer, {
    sentAt,
    signal,
    ...(key && { dpop: key }),
    process: (as, answer) => oauth.processDeviceCodeResponse(as, server.client(), answer),
  });
  return { kind: "granted", tokens };
}

/** What a failed poll means; throws where it ends the login. */
function judge(error: unknown): Polled {
  if (error instanceof NetworkError) return { kind: "away", retryAfterMs: undefined };
  if (!(error instanceof ProviderError)) throw error;
  switch (error.oauthError) {
    case "authorization_pending":
      return { kind: "pending" };
    case "slow_down":
      return { kind: "slow_down", intervalMs: error.intervalMs };
    case "access_denied":
      throw new VantageError("login_denied", "The login was denied", {
        hint: "Run `vantage login` again and approve it",
        cause: error,
      });
    case "expired_token":
    case "invalid_grant": // of those that have forgotten the code by then
      throw expired(error);
  }
  if (error.kind === "unavailable") return { kind: "away", retryAfterMs: error.retryAfterMs };
  throw error;
}

function expired(cause?: Error): VantageError {
  return new VantageError("login_expired", "The device code expired before it was approved", {
    hint: "Run `vantage login` again",
    ...(cause && { cause }),
  });
}
