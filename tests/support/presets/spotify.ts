import { Grants, refusalPage } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { oauthError, type PresetServer, servePreset } from "./server.ts";

/**
 * Spotify ("Authorization Code with PKCE Flow", "Redirect URIs"): a literal loopback address, no
 * secret, and a refresh that gives a new refresh token now and then.
 */
export function serveSpotify(): PresetServer & { rotates: boolean; end(): void } {
  const grants = new Grants();
  const server = servePreset(() => ({
    "GET /authorize": (seen) => {
      const { redirect_uri = "", code_challenge_method } = seen.query;
      if (!/^http:\/\/(?:127\.0\.0\.1|\[::1\]):\d+\/callback$/.test(redirect_uri)) {
        return refusalPage("INVALID_CLIENT: Insecure redirect URI");
      }
      return code_challenge_method === "S256"
        ? grants.agree(seen)
        : refusalPage("code_challenge_method must be S256");
    },
    "POST /api/token": (seen) => {
      const { form, headers } = seen;
      if (form.client_id !== CLIENT_ID || headers.has("authorization")) {
        return oauthError("invalid_client", "Invalid client");
      }
      const isRefresh = form.grant_type === "refresh_token";
      const grant = isRefresh
        ? grants.refreshed(form.refresh_token, rotating.rotates ? "once" : "often")
        : grants.redeem(seen, CLIENT_ID);
      if (!grant) return oauthError("invalid_grant", "Refresh token revoked");
      return Response.json({
        access_token: grants.accessToken(grant),
        token_type: "Bearer",
        scope: grant.scope,
        expires_in: 3600,
        ...((!isRefresh || rotating.rotates) && { refresh_token: grants.refreshToken(grant) }),
      });
    },
  }));
  const rotating = Object.assign(server, { rotates: false, end: () => grants.end() });
  return rotating;
}
