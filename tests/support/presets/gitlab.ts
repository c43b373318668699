import { Grants, refusalPage } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { IdTokens } from "./id_tokens.ts";
import { oauthError, type PresetServer, servePreset } from "./server.ts";

const SCOPES = [
  ...["api", "read_api", "read_user", "read_repository", "write_repository"],
  ...["openid", "profile", "email"],
];

/** GitLab ("OAuth 2.0 identity provider API"): every token with a refresh token, which rotates. */
export function serveGitLab(): PresetServer & { readonly grants: Grants } {
  const grants = new Grants();
  const idTokens = new IdTokens();
  const server = servePreset((origin) => ({
    "GET /.well-known/openid-configuration": () =>
      Response.json({
        issuer: origin,
        authorization_endpoint: `${origin}/oauth/authorize`,
        device_authorization_endpoint: `${origin}/oauth/authorize_device`,
        token_endpoint: `${origin}/oauth/token`,
        revocation_endpoint: `${origin}/oauth/revoke`,
        userinfo_endpoint: `${origin}/oauth/userinfo`,
        jwks_uri: `${origin}/oauth/discovery/keys`,
        scopes_supported: SCOPES,
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code", "client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["plain", "S256"],
      }),
    "GET /oauth/discovery/keys": () => idTokens.keys(),
    "GET /oauth/authorize": (seen) => {
      const { scope = "", redirect_uri = "", code_challenge } = seen.query;
      if (!scope.split(" ").every((name) => SCOPES.includes(name))) {
        return refusalPage("The requested scope is invalid, unknown, or malformed.");
      }
      if (!/^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(redirect_uri)) {
        return refusalPage("The redirect URI included is not valid.");
      }
      return code_challenge ? grants.agree(seen) : refusalPage("PKCE is required.");
    },
    "POST /oauth/token": async (seen) => {
      const { form } = seen;
      const isRefresh = form.grant_type === "refresh_token";
      const grant = isRefresh
        ? grants.refreshed(form.refresh_token, "once")
        : grants.redeem(seen, CLIENT_ID);
      if (!grant || form.client_id !== CLIENT_ID) {
        return oauthError("invalid_grant", "The provided authorization grant is invalid");
      }
      const { nonce } = isRefresh ? { nonce: undefined } : grant;
      return Response.json({
        access_token: grants.accessToken(grant),
        token_type: "Bearer",
        expires_in: 7200,
        refresh_token: grants.refreshToken(grant),
        scope: grant.scope,
        created_at: Math.floor(Date.now() / 1000),
        id_token: await idTokens.sign(origin, CLIENT_ID, { nonce }),
      });
    },
    "POST /oauth/revoke": ({ form }) => {
      if (form.client_id !== CLIENT_ID) return oauthError("unauthorized_client", undefined, 403);
      grants.revoke(form.token);
      return Response.json({});
    },
  }));
  return Object.assign(server, { grants });
}
