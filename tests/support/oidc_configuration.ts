import { randomBytes } from "node:crypto";
import { account } from "./account.ts";
import type { Clock } from "./clock.ts";
import type { Context } from "./oidc_types.ts";
import { page } from "./pages.ts";
import type { SigningKey } from "./signing_key.ts";
import type { Store } from "./store.ts";

/** What `startProvider` tells the authorization server to be. */
export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly machine: { readonly clientId: string; readonly clientSecret: string };
  /** The API its access tokens are for. */
  readonly resource: string;
  readonly signingKey: SigningKey;
  readonly clock: Clock;
  readonly accessTokenTtl: number;
  readonly refreshTokenTtl: number;
  readonly deviceCodeTtl: number;
  readonly rotate: boolean;
  readonly requirePar: boolean;
  readonly dpop: boolean;
  readonly dpopNonce: boolean;
  readonly jwtAccessTokens: boolean;
  readonly deviceInterval: number | undefined;
  readonly registration: "open" | { readonly initialAccessToken: string } | undefined;
}

const scopes = ["openid", "offline_access", "email", "profile", "clusters:read"];

/** What oidc-provider is given to be that server. */
export function configuration(options: OidcOptions, store: Store): unknown {
  const { machine, resource } = options;
  const loopback = ["127.0.0.1", "[::1]", "localhost"];
  const resourceServer = {
    scope: scopes.join(" "),
    audience: resource,
    accessTokenTTL: options.accessTokenTtl,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: "ES256" } },
  };
  return {
    adapter: (model: string) => store.adapter(model),
    jwks: { keys: [options.signingKey.jwk] },
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    cookies: { keys: [crypto.randomUUID()] },
    scopes,
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["name", "organization"],
    },
    conformIdTokenClaims: false,
    clients: [
      {
        client_id: options.clientId,
        client_name: "Vantage CLI",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: [
          "authorization_code",
          "refresh_token",
          "urn:ietf:params:oauth:grant-type:device_code",
        ],
        response_types: ["code"],
        redirect_uris: loopback.flatMap((host) => [
          `http://${host}/callback`,
          `http://${host}/auth/callback`,
        ]),
        dpop_bound_access_tokens: options.dpop,
      },
      {
        client_id: machine.clientId,
        client_secret: machine.clientSecret,
        client_name: "CI job",
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
        dpop_bound_access_tokens: options.dpop,
      },
    ],
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      registration: {
        enabled: options.registration !== undefined,
        initialAccessToken: typeof options.registration === "object" &&
          options.registration.initialAccessToken,
      },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: options.requirePar,
      },
      dPoP: {
        enabled: true,
        ...(options.dpopNonce ? { nonceSecret: randomBytes(32), requireNonce: () => true } : {}),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => options.jwtAccessTokens ? resource : undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: () => resourceServer,
      },
      deviceFlow: {
        enabled: true,
        userCodeInputSource(context: Context, form: string, _out: unknown, error?: Error) {
          const message = error ? `<p>Not done: ${error.message}</p>` : "";
          const button = '<button type="submit" form="op.deviceInputForm">Continue</button>';
          context.body = page("Connect a device", message + form + button);
        },
        userCodeConfirmSource(
          context: Context,
          form: string,
          _client: unknown,
          _device: unknown,
          userCode: string,
        ) {
          const button = '<button type="submit" form="op.deviceConfirmForm">Continue</button>';
          context.body = page(
            "Connect a device",
            `<p>Code: <b>${userCode}</b></p>${form}${button}`,
          );
        },
        successSource(context: Context) {
          context.body = page("Signed in", "<p>The device is connected. Close this page.</p>");
        },
      },
    },
    ttl: {
      AccessToken: options.accessTokenTtl,
      AuthorizationCode: 60,
      ClientCredentials: options.accessTokenTtl,
      DeviceCode: options.deviceCodeTtl,
      Grant: options.refreshTokenTtl,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: options.refreshTokenTtl,
      Session: 3600,
    },
    clientBasedCORS: () => false,
    expiresWithSession: () => false,
    rotateRefreshToken: options.rotate,
    interactions: {
      url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}`,
    },
    findAccount: (_context: unknown, subject: string) => ({
      accountId: subject,
      claims: () => account(subject),
    }),
    renderError(context: Context, out: Record<string, string>) {
      context.type = "html";
      context.body = page("Refused", `<p>${out.error}: ${out.error_description ?? ""}</p>`);
    },
  };
}
