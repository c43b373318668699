import * as oauth from "oauth4webapi";
import { Secret } from "../secret.ts";
import type { System } from "../system.ts";
import { authorizationUrl, type Binding } from "./authorization_url.ts";
import { dpopKey } from "./dpop.ts";
import { loginFailure, timedOut } from "./failure.ts";
import { type GrantRequest, resourceParameter } from "./grant_request.ts";
import { listenForCallback } from "./loopback.ts";
import type { Server } from "./server.ts";
import { readTokenResponse } from "./token_response.ts";
import type { TokenSet } from "./token_set.ts";

export interface BrowserLogin extends GrantRequest {
  /** How long to wait for the person (milliseconds). */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Shows the address to the person, and opens it where there is a browser. It is http(s). */
  readonly onUrl: (url: string) => Promise<void>;
  /** Addresses that the person pastes. It ends when `signal` aborts. */
  readonly pasted: (signal: AbortSignal) => AsyncIterable<string>;
  /** Tells the person that what was pasted is not it. */
  readonly onWrongPaste: () => void;
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
  const wantsIdToken = login.scopes.includes("openid");
  // Better to learn it now than after the person has logged in.
  server.requireEndpoint("token_endpoint");
  if (wantsIdToken) server.requireEndpoint("jwks_uri");
  const state = oauth.generateRandomState();
  const ended = new AbortController();
  const waiting = AbortSignal.any([login.signal, ended.signal]);
  await using listener = listenForCallback(system, server.settings.callback, state, login.signal);
  const binding: Binding = {
    state,
    nonce: oauth.generateRandomNonce(),
    verifier: new Secret(oauth.generateRandomCodeVerifier()),
    redirectUri: listener.redirectUri,
    wantsIdToken,
    dpop: server.settings.dpop ? await dpopKey(server) : undefined,
  };
  try {
    const deadline = server.clock.now() + login.timeoutMs;
    await login.onUrl(await authorizationUrl(server, login, binding));
    const paste = readPasted(login, waiting, listener.accept);
    const timeout = server.clock.sleep(Math.max(0, deadline - server.clock.now()), waiting).then(
      () => {
        throw timedOut();
      },
    );
    for (const loser of [paste, timeout]) loser.catch(() => {}); // only the race decides
    const callback = await Promise.race([listener.arrived, timeout]);
    const tokens = await exchange(server, callback, binding, login.signal);
    listener.finish("success");
    return tokens;
  } catch (error) {
    listener.finish("failure");
    throw loginFailure(error);
  } finally {
    ended.abort();
  }
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
): Promise<TokenSet> {
  const { dpop, wantsIdToken } = binding;
  // Checks state and iss (RFC 9207), and throws what the provider answered instead of a code.
  const parameters = oauth.validateAuthResponse(
    answering(server, callback),
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
        binding.verifier.expose(),
        {
          ...server.requestOptions("token_endpoint", signal),
          ...(dpop && { DPoP: dpop.handle }),
          ...resourceParameter(server.settings),
        },
      ),
    "The token endpoint",
  );
  return await readTokenResponse(server, answer, {
    sentAt,
    signal,
    ...(dpop && { dpop }),
    process: (as, answer) =>
      oauth.processAuthorizationCodeResponse(as, server.client(), answer, {
        ...(wantsIdToken && { expectedNonce: binding.nonce }),
        requireIdToken: wantsIdToken,
      }),
  });
}

/**
 * Who has to have answered. Where no issuer is known, whoever begins to name one (RFC 9207) has
 * to be at home where the person was sent.
 */
function answering({ as, settings }: Server, callback: URL): oauth.AuthorizationServer {
  const iss = callback.searchParams.get("iss");
  if (settings.issuer !== undefined || iss === null) return as;
  const isAtHome = URL.parse(iss)?.origin === URL.parse(as.authorization_endpoint ?? "")?.origin;
  return isAtHome ? { ...as, issuer: iss } : as;
}
