import * as oauth from "oauth4webapi";
import type { System } from "../system.ts";
import { timedOut } from "./device.ts";
import type { DPoPKey } from "./dpop.ts";
import { dpopKey } from "./dpop.ts";
import { loginFailure } from "./failure.ts";
import { grantParameters, type GrantRequest, resourceParameter } from "./grant_request.ts";
import { listenForCallback } from "./loopback.ts";
import { requireSecure } from "./secure_url.ts";
import type { Server } from "./server.ts";
import { readTokenResponse } from "./token_response.ts";
import type { TokenSet } from "./token_set.ts";

export interface BrowserLogin extends GrantRequest {
  /** How long to wait for the person (milliseconds). */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Shows the address to the person, and opens it where there is a browser. It is http(s). */
  readonly onUrl: (url: string, redirectUri: string) => Promise<void>;
  /** Addresses that the person pastes. It ends when `signal` aborts. */
  readonly pasted: (signal: AbortSignal) => AsyncIterable<string>;
  /** Tells the person that what was pasted is not it. */
  readonly onWrongPaste: () => void;
}

/** What one authorization request is bound to. */
interface Binding {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly wantsIdToken: boolean;
}

/**
 * The authorization code grant with PKCE on a loopback listener (RFC 6749, 7636, 8252), pushed
 * where the server asks for it (RFC 9126). Throws `login_denied`, `login_timed_out`,
 * `login_rejected`, `client_refused`, or the signal's reason.
 */
export async function browserLogin(
  system: Pick<System, "listen">,
  server: Server,
  login: BrowserLogin,
): Promise<TokenSet> {
  const key = server.settings.dpop ? await dpopKey(server) : undefined;
  const state = oauth.generateRandomState();
  const ended = new AbortController();
  const waiting = AbortSignal.any([login.signal, ended.signal]);
  await using listener = listenForCallback(system, server.settings.callback, state, login.signal);
  const binding: Binding = {
    state,
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    redirectUri: listener.redirectUri,
    wantsIdToken: login.scopes.includes("openid"),
  };
  try {
    const deadline = server.clock.now() + login.timeoutMs;
    await login.onUrl(await authorizationUrl(server, login, binding, key), listener.redirectUri);
    const paste = readPasted(login, waiting, listener.accept);
    const timeout = server.clock.sleep(Math.max(0, deadline - server.clock.now()), waiting).then(
      () => {
        throw timedOut();
      },
    );
    for (const loser of [paste, timeout]) loser.catch(() => {}); // only the race decides
    const callback = await Promise.race([listener.arrived, timeout]);
    const tokens = await exchange(server, callback, binding, login.signal, key);
    listener.finish("success");
    return tokens;
  } catch (error) {
    listener.finish("failure");
    throw loginFailure(error);
  } finally {
    ended.abort();
  }
}

async function authorizationUrl(
  server: Server,
  login: BrowserLogin,
  binding: Binding,
  key: DPoPKey | undefined,
): Promise<string> {
  // Checked before anything is opened: this URL goes to a browser.
  server.requestOptions("authorization_endpoint");
  const url = requireSecure(server.as.authorization_endpoint, "authorization_endpoint");
  const parameters = grantParameters(server.settings, login);
  for (
    const [name, value] of Object.entries({
      response_type: "code",
      client_id: server.settings.clientId,
      redirect_uri: binding.redirectUri,
      state: binding.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(binding.verifier),
      code_challenge_method: "S256",
    })
  ) parameters.set(name, value);
  if (binding.wantsIdToken) parameters.set("nonce", binding.nonce);
  // OpenID Connect Core, 11: without it a provider may ignore offline_access.
  if (login.scopes.includes("offline_access")) parameters.set("prompt", "consent");

  if (server.as.require_pushed_authorization_requests) {
    const answer = await server.ask(
      () =>
        oauth.pushedAuthorizationRequest(
          server.as,
          server.client(),
          server.clientAuth(),
          parameters,
          {
            ...server.requestOptions("pushed_authorization_request_endpoint", login.signal),
            ...(key && { DPoP: key.handle }),
          },
        ),
      "The pushed authorization request endpoint",
      201,
    );
    const pushed = await oauth.processPushedAuthorizationResponse(
      server.as,
      server.client(),
      answer,
    );
    url.searchParams.set("client_id", server.settings.clientId);
    url.searchParams.set("request_uri", pushed.request_uri);
  } else {
    for (const [name, value] of parameters) url.searchParams.set(name, value);
  }
  return url.href;
}

async function readPasted(
  login: BrowserLogin,
  signal: AbortSignal,
  accept: (address: string) => boolean,
): Promise<void> {
  for await (const line of login.pasted(signal)) {
    if (line.trim() === "") continue;
    if (accept(line)) return;
    login.onWrongPaste();
  }
}

async function exchange(
  server: Server,
  callback: URL,
  binding: Binding,
  signal: AbortSignal,
  key: DPoPKey | undefined,
): Promise<TokenSet> {
  // Checks state and iss (RFC 9207), and throws what the provider answered instead of a code.
  const parameters = oauth.validateAuthResponse(
    server.as,
    server.client(),
    callback,
    binding.state,
  );
  const sentAt = server.clock.now();
  const answer = await server.ask(
    () =>
      oauth.authorizationCodeGrantRequest(
        server.as,
        server.client(),
        server.clientAuth(),
        parameters,
        binding.redirectUri,
        binding.verifier,
        {
          ...server.requestOptions("token_endpoint", signal),
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
    (answer) =>
      oauth.processAuthorizationCodeResponse(server.as, server.client(), answer, {
        ...(binding.wantsIdToken ? { expectedNonce: binding.nonce } : {}),
        requireIdToken: binding.wantsIdToken,
      }),
    key,
  );
}
