import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import { NetworkError } from "../http.ts";
import { dpopKey } from "./dpop.ts";
import { loginFailure } from "./failure.ts";
import { ProviderError } from "./provider_error.ts";
import { grantParameters, type GrantRequest, resourceParameter } from "./grant_request.ts";
import { requireSecure } from "./secure_url.ts";
import type { Server } from "./server.ts";
import { readTokenResponse } from "./token_response.ts";
import type { TokenSet } from "./token_set.ts";

/** RFC 8628, 3.2 and 3.5. */
const DEFAULT_INTERVAL_S = 5;
const SHORTEST_INTERVAL_MS = 1_000;
const SLOW_DOWN_MS = 5_000;
const LONGEST_BACKOFF_MS = 60_000;

/** What the person needs to approve the login. */
export interface DeviceCode {
  readonly userCode: string;
  /** http(s), checked: safe to open in a browser. */
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  /** Epoch milliseconds; nobody waits longer. */
  readonly expiresAt: number;
}

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
  const key = server.settings.dpop ? await dpopKey(server) : undefined;
  const code = await requestCode(server, login);
  const started = clock.now();
  const codeLife = code.expires_in * 1000;
  const patience = Math.min(codeLife, login.timeoutMs ?? codeLife);
  const deadline = started + patience;
  await login.onCode({
    userCode: code.user_code,
    verificationUri: requireWebPage(code.verification_uri),
    ...(code.verification_uri_complete !== undefined && {
      verificationUriComplete: requireWebPage(code.verification_uri_complete),
    }),
    expiresAt: deadline,
  });

  let interval = Math.max(SHORTEST_INTERVAL_MS, (code.interval ?? DEFAULT_INTERVAL_S) * 1000);
  let backoff = 0;
  while (true) {
    const pause = interval + backoff;
    if (clock.now() + pause > deadline) {
      await clock.sleep(Math.max(0, deadline - clock.now()), login.signal);
      throw patience < codeLife ? timedOut() : expired();
    }
    await clock.sleep(pause, login.signal);
    const sentAt = clock.now();
    try {
      const answer = await server.ask(
        () =>
          oauth.deviceCodeGrantRequest(
            server.as,
            server.client(),
            server.clientAuth(),
            code.device_code,
            {
              ...server.requestOptions("token_endpoint", login.signal),
              ...(key && { DPoP: key.handle }),
              ...resourceParameter(server.settings),
            },
          ),
        "The token endpoint",
      );
      return await readTokenResponse(
        server,
        answer,
        sentAt,
        (answer) => oauth.processDeviceCodeResponse(server.as, server.client(), answer),
        key,
      );
    } catch (error) {
      if (
        error instanceof NetworkError ||
        error instanceof ProviderError && error.kind === "unavailable"
      ) {
        // The person is not to blame and may still be thinking: ask less often and go on.
        backoff = Math.min(Math.max(backoff * 2, interval), LONGEST_BACKOFF_MS);
        continue;
      }
      if (!(error instanceof ProviderError) || error.kind !== "refused") throw error;
      backoff = 0;
      switch (error.oauthError) {
        case "authorization_pending":
          login.onPending();
          continue;
        case "slow_down":
          interval += SLOW_DOWN_MS;
          continue;
        case "access_denied":
          throw new VantageError("login_denied", "The login was denied", {
            hint: "Run `vantage login` again and approve it",
            cause: error,
          });
        case "expired_token":
          throw expired();
        default:
          throw error;
      }
    }
  }
}

async function requestCode(
  server: Server,
  login: DeviceLogin,
): Promise<oauth.DeviceAuthorizationResponse> {
  const answer = await server.ask(
    () =>
      oauth.deviceAuthorizationRequest(
        server.as,
        server.client(),
        server.clientAuth(),
        grantParameters(server.settings, login),
        server.requestOptions("device_authorization_endpoint", login.signal),
      ),
    "The device authorization endpoint",
  );
  try {
    return await oauth.processDeviceAuthorizationResponse(server.as, server.client(), answer);
  } catch (error) {
    throw loginFailure(error);
  }
}

const requireWebPage = (url: string): string => requireSecure(url, "verification_uri").href;

function expired(): VantageError {
  return new VantageError("login_expired", "The device code expired before it was approved", {
    hint: "Run `vantage login` again",
  });
}

/** Nobody completed the login within `--timeout`. */
export function timedOut(): VantageError {
  return new VantageError("login_timed_out", "Nobody completed the login in time", {
    hint: "Run `vantage login` again, with a longer --timeout if need be",
  });
}
