import * as oauth from "oauth4webapi";
import { Secret } from "../secret.ts";
import { loginFailure } from "./failure.ts";
import { grantParameters, type GrantRequest } from "./grant_request.ts";
import { requireSecure } from "./secure_url.ts";
import type { Server } from "./server.ts";

/** RFC 8628, 3.2 and 3.5. */
const DEFAULT_INTERVAL_S = 5;
/** A provider that asks for more haste than this is not obeyed. */
const SHORTEST_INTERVAL_MS = 1_000;

/** What the person needs to approve the login. */
export interface DeviceCode {
  readonly userCode: string;
  /** http(s), checked: safe to open in a browser. */
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  /** Epoch milliseconds; nobody waits longer. */
  readonly expiresAt: number;
}

/** What the device authorization endpoint grants (RFC 8628, 3.2). */
export interface DeviceGrant {
  readonly deviceCode: Secret;
  readonly lifeMs: number;
  readonly intervalMs: number;
  readonly shown: Omit<DeviceCode, "expiresAt">;
}

/** Asks for a device code. Throws `client_refused`, `provider_…`, `network`, `login_rejected`. */
export async function requestDeviceCode(
  server: Server,
  request: GrantRequest & { signal: AbortSignal },
): Promise<DeviceGrant> {
  const answer = await server.ask(
    () =>
      oauth.deviceAuthorizationRequest(
        server.as,
        server.client(),
        server.clientAuth(),
        grantParameters(server.settings, request),
        server.requestOptions("device_authorization_endpoint", request.signal),
      ),
    "The device authorization endpoint",
  );
  try {
    const body = await oauth.processDeviceAuthorizationResponse(
      server.as,
      server.client(),
      answer,
    );
    return {
      deviceCode: new Secret(body.device_code),
      lifeMs: body.expires_in * 1000,
      intervalMs: Math.max(SHORTEST_INTERVAL_MS, (body.interval ?? DEFAULT_INTERVAL_S) * 1000),
      shown: {
        userCode: body.user_code,
        verificationUri: requireWebPage(body.verification_uri),
        ...(body.verification_uri_complete !== undefined && {
          verificationUriComplete: requireWebPage(body.verification_uri_complete),
        }),
      },
    };
  } catch (error) {
    throw loginFailure(error);
  }
}

const requireWebPage = (url: string): string => requireSecure(url, "verification_uri").href;
