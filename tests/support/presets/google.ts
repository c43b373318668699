import { Grants, refusalPage } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { IdTokens } from "./id_tokens.ts";
import { oauthError, type PresetServer, servePreset } from "./server.ts";

export const GOOGLE_SECRET = `GOCSPX-${crypto.randomUUID()}`;

/** What may be asked for, and what the answer calls it. */
const SCOPES: Readonly<Record<string, string>> = {
  openid: "openid",
  email: "https://www.googleapis.com/auth/userinfo.email",
  profile: "https://www.googleapis.com/auth/userinfo.profile",
};

export interface GoogleOptions {
  readonly consentedBefore?: boolean;
  /** The issuer of its ID tokens, where it is another. */
  readonly issuer?: string;
  /** Who says that it sends the browser back (RFC 9207), where it is another. */
  readonly answeringIssuer?: string;
}

/**
 * Google ("OAuth 2.0 for Mobile & Desktop Apps", "OpenID Connect"): a secret of desktop
 * applications too, no scope `offline_access`, a refresh token only by `access_type=offline` and,
 * after the first time, a new consent; a refresh gives no new one.
 */
export function serveGoogle(
  { consentedBefore = false, issuer, answeringIssuer }: GoogleOptions = {},
): PresetServer & { readonly grants: Grants } {
  const grants = new Grants();
  const idTokens = new IdTokens();
  const server = servePreset((origin) => ({
    "GET /.well-known/openid-configuration": () =>
      Response.json({
        issuer: origin,
        authorization_endpoint: `${origin}/o/oauth2/v2/auth`,
        device_authorization_endpoint: `${origin}/device/code`,
        token_endpoint: `${origin}/token`,
        userinfo_endpoint: `${origin}/v1/userinfo`,
        revocation_endpoint: `${origin}/revoke`,
        jwks_uri: `${origin}/oauth2/v3/certs`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        scopes_supported: Object.keys(SCOPES),
        authorization_response_iss_parameter_supported: true,
        token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        code_challenge_methods_supported: ["plain", "S256"],
      }),
    "GET /oauth2/v3/certs": () => idTokens.keys(),
    "GET /o/oauth2/v2/auth": (seen) => {
      const { query } = seen;
      const unknown = query.scope?.split(" ").find((scope) => !Object.hasOwn(SCOPES, scope));
      if (unknown !== undefined) return refusalPage(`Error 400: invalid_scope ${unknown}`);
      if (query.client_id !== CLIENT_ID) return refusalPage("Error 401: invalid_client");
      if (!/^http:\/\/127\.0\.0\.1:\d+\//.test(query.redirect_uri ?? "")) {
        return refusalPage("Error 400: redirect_uri_mismatch");
      }
      return grants.agree(seen, { scope: granted(query.scope), iss: answeringIssuer ?? origin });
    },
    "POST /token": async (seen) => {
      const { form } = seen;
      if (form.client_id !== CLIENT_ID) return oauthError("invalid_client", "Not found.", 401);
      if (form.client_secret === undefined) {
        return oauthError("invalid_request", "client_secret is missing.");
      }
      if (form.client_secret !== GOOGLE_SECRET) {
        return oauthError("invalid_client", "Unauthorized", 401);
      }
      const isRefresh = form.grant_type === "refresh_token";
      const grant = isRefresh
        ? grants.refreshed(form.refresh_token, "often")
        : grants.redeem(seen, CLIENT_ID);
      if (!grant) return oauthError("invalid_grant", "Token has been expired or revoked.");
      const { access_type, prompt } = grant.parameters;
      const isOffline = access_type === "offline" && (!consentedBefore || prompt === "consent");
      const { nonce } = isRefresh ? { nonce: undefined } : grant;
      return Response.json({
        access_token: grants.accessToken(grant, "ya29"),
        expires_in: 3599,
        scope: granted(grant.scope),
        token_type: "Bearer",
        id_token: await idTokens.sign(issuer ?? origin, CLIENT_ID, { nonce, azp: CLIENT_ID }),
        ...(!isRefresh && isOffline && { refresh_token: grants.refreshToken(grant, "1//") }),
      });
    },
    "POST /revoke": ({ form }) =>
      grants.revoke(form.token)
        ? Response.json({})
        : oauthError("invalid_token", "Token expired or revoked"),
  }));
  return Object.assign(server, { grants });
}

const granted = (scope = ""): string => scope.split(" ").map((name) => SCOPES[name]).join(" ");
