import { Grants, random, refusalPage } from "./grants.ts";
import type { Grant } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { IdTokens } from "./id_tokens.ts";
import { oauthError, type PresetServer, servePreset } from "./server.ts";

export const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
export const OTHER_TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";

/** What may be wrong with it; `ORIGIN` stands for its own. */
export interface MicrosoftOptions {
  readonly metadataIssuer?: string;
  readonly tokenIssuer?: string;
  readonly keyIssuer?: string;
  readonly tid?: string | undefined;
  /** The tenant of the ID token that a refresh gives. */
  readonly refreshedTenant?: string;
  readonly declines?: boolean;
}

/**
 * Microsoft Entra ID ("Validate the issuer" in "Access tokens", "Redirect URI restrictions",
 * "Device authorization grant"): one metadata for many tenants, with a template for an issuer.
 */
export function serveMicrosoft(
  options: MicrosoftOptions = {},
): PresetServer & { readonly grants: Grants } {
  const grants = new Grants();
  const idTokens = new IdTokens();
  const deviceCode = random("device");
  let scope = "";
  const server = servePreset((origin) => {
    const at = (path: string) => `${origin}/common/${path}`;
    const here = (issuer: string) => issuer.replace("ORIGIN", origin);
    const template = `${origin}/{tenantid}/v2.0`;
    const issue = async (grant: Grant, nonce: string | undefined, tenant: string) =>
      Response.json({
        token_type: "Bearer",
        scope: grant.scope,
        expires_in: 3599,
        ext_expires_in: 3599,
        access_token: grants.accessToken(grant),
        ...(grant.scope.split(" ").includes("offline_access") &&
          { refresh_token: grants.refreshToken(grant) }),
        id_token: await idTokens.sign(
          here(options.tokenIssuer ?? `ORIGIN/${tenant}/v2.0`),
          CLIENT_ID,
          { nonce, tid: "tid" in options ? options.tid : tenant, ver: "2.0" },
        ),
      });
    return {
      "GET /common/v2.0/.well-known/openid-configuration": () =>
        Response.json({
          issuer: here(options.metadataIssuer ?? template),
          authorization_endpoint: at("oauth2/v2.0/authorize"),
          device_authorization_endpoint: at("oauth2/v2.0/devicecode"),
          token_endpoint: at("oauth2/v2.0/token"),
          end_session_endpoint: at("oauth2/v2.0/logout"),
          jwks_uri: at("discovery/v2.0/keys"),
          response_types_supported: ["code"],
          subject_types_supported: ["pairwise"],
          id_token_signing_alg_values_supported: ["RS256"],
          token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
        }),
      "GET /common/discovery/v2.0/keys": () =>
        idTokens.keys({ issuer: here(options.keyIssuer ?? template) }),
      "GET /common/oauth2/v2.0/authorize": (seen) => {
        const { hostname, pathname } = new URL(seen.query.redirect_uri ?? "");
        // Registered as http://localhost: the port does not count, all else does.
        if (hostname === "localhost" && pathname === "/") return grants.agree(seen);
        return refusalPage("AADSTS50011: The redirect URI does not match");
      },
      "POST /common/oauth2/v2.0/devicecode": ({ form }) => {
        scope = form.scope ?? "";
        return Response.json({
          device_code: deviceCode,
          user_code: "FGHJK7890",
          verification_uri: `${origin}/devicelogin`,
          expires_in: 900,
          interval: 1,
          message: "To sign in, use a web browser",
        });
      },
      "POST /common/oauth2/v2.0/token": async (seen) => {
        const { form } = seen;
        if (form.client_id !== CLIENT_ID) {
          return oauthError("unauthorized_client", "AADSTS700016: Application not found");
        }
        if (form.client_secret !== undefined || seen.headers.has("authorization")) {
          return oauthError("invalid_client", "AADSTS700025: Client is public", 401);
        }
        if (form.grant_type === "refresh_token") {
          const grant = grants.refreshed(form.refresh_token, "often");
          if (grant) return await issue(grant, undefined, options.refreshedTenant ?? TENANT);
          return oauthError("invalid_grant", "AADSTS70008: The refresh token has expired");
        }
        if (form.device_code === deviceCode) {
          if (options.declines) {
            return oauthError("authorization_declined", "AADSTS70018: Authorization declined");
          }
          return await issue(
            { clientId: CLIENT_ID, scope, nonce: undefined, parameters: {} },
            undefined,
            TENANT,
          );
        }
        const grant = grants.redeem(seen, CLIENT_ID);
        if (grant) return await issue(grant, grant.nonce, TENANT);
        return oauthError("invalid_grant", "AADSTS70000: The provided value is not valid");
      },
    };
  });
  return Object.assign(server, { grants });
}
