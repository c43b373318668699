import type { IncomingMessage, ServerResponse } from "node:http";
import { interact } from "./interaction.ts";
import { configuration, type OidcOptions } from "./oidc_configuration.ts";
import type { Context, OidcProvider } from "./oidc_types.ts";
import { Store } from "./store.ts";

/** What an access token that the server knows, and that is not expired, stands for. */
export interface TokenFacts {
  readonly subject: string;
  readonly clientId: string;
  readonly scope: string;
  /** The thumbprint of the key a DPoP token is bound to. */
  readonly jkt: string | undefined;
}

/** The authorization server itself, without a listening port. */
export interface Oidc {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Looks an opaque access token up. */
  find(accessToken: string): Promise<TokenFacts | undefined>;
  /** Ends every session: all grants, and the tokens and codes of them, are gone. */
  endSessions(): void;
  /** What went wrong inside oidc-provider itself. */
  readonly failures: Error[];
}

/** Names of its endpoints, by path. */
export const endpoints: Readonly<Record<string, string>> = {
  "/.well-known/openid-configuration": "discovery",
  "/.well-known/oauth-authorization-server": "discovery",
  "/auth": "authorization",
  "/device": "verification",
  "/device/auth": "device",
  "/jwks": "jwks",
  "/me": "userinfo",
  "/reg": "registration",
  "/request": "par",
  "/token": "token",
  "/token/introspection": "introspection",
  "/token/revocation": "revocation",
};

const Provider = await importQuietly();

/** Makes an authorization server of oidc-provider. */
export function createOidc(options: OidcOptions): Oidc {
  const store = new Store();
  const provider = new Provider(options.issuer, configuration(options, store));
  provider.proxy = true;
  const failures: Error[] = [];
  provider.on("server_error", (_context, error) => void failures.push(error));
  provider.use(oneTokenRequestAtATime());
  provider.use((context, next) => interact(provider, context, next));
  provider.use(nameInterval(options.deviceInterval));
  const callback = provider.callback();
  return {
    handle: (request, response) => options.clock.run(() => callback(request, response)),
    find: (accessToken) =>
      options.clock.run(async () => {
        const token = await provider.AccessToken.find(accessToken) ??
          await provider.ClientCredentials.find(accessToken);
        if (!token) return undefined;
        const { clientId = "", scope = "", jkt } = token;
        return { subject: token.accountId ?? clientId, clientId, scope, jkt };
      }),
    endSessions: () =>
      store.forget("Grant", "Session", "AccessToken", "RefreshToken", "AuthorizationCode"),
    failures,
  };
}

/** Two refreshes at once could both find the refresh token unused, which no real server allows. */
function oneTokenRequestAtATime() {
  let last: Promise<void> = Promise.resolve();
  return async (context: Context, next: () => Promise<void>): Promise<void> => {
    if (context.path !== "/token") return await next();
    const turn = last;
    const done = Promise.withResolvers<void>();
    last = done.promise;
    await turn;
    try {
      await next();
    } finally {
      done.resolve();
    }
  };
}

/** oidc-provider never names an interval in its device answers. */
function nameInterval(interval: number | undefined) {
  return async (context: Context, next: () => Promise<void>): Promise<void> => {
    await next();
    if (interval === undefined || context.path !== "/device/auth") return;
    context.body = { ...Object(context.body), interval };
  };
}

/** oidc-provider warns on the console that Deno is not Node.js, as it loads. */
async function importQuietly(): Promise<new (issuer: string, setup: unknown) => OidcProvider> {
  const { warn } = console;
  // deno-lint-ignore no-console -- the warning goes nowhere else
  console.warn = () => {};
  try {
    const { default: Provider } = await import("oidc-provider");
    return Provider as unknown as Awaited<ReturnType<typeof importQuietly>>;
  } finally {
    // deno-lint-ignore no-console -- put back
    console.warn = warn;
  }
}
