import { Grants, refusalPage } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { IdTokens } from "./id_tokens.ts";
import { type PresetServer, servePreset } from "./server.ts";

export const ACCOUNT_ID = "1f0e8a52-6a2c-4c1e-9f7a-5d3b2c1a0e9f";

const PARAMETERS = { id_token_add_organizations: "true", codex_cli_simplified_flow: "true" };

/**
 * ChatGPT's login, as OpenAI's own client for it (openai/codex, `codex-rs/login`) speaks to it:
 * one redirect URI, parameters of its own, errors that are objects, and a revocation in JSON.
 */
export function serveChatGPT(redirectUri: string): PresetServer & { readonly grants: Grants } {
  const grants = new Grants();
  const idTokens = new IdTokens();
  const server = servePreset((origin) => ({
    "GET /.well-known/jwks.json": () => idTokens.keys(),
    "GET /oauth/authorize": (seen) => {
      const { query } = seen;
      if (query.redirect_uri !== redirectUri) return refusalPage("unknown redirect_uri");
      const isComplete = Object.entries(PARAMETERS).every(([name, value]) => query[name] === value);
      const hasChallenge = query.code_challenge_method === "S256";
      return isComplete && hasChallenge ? grants.agree(seen) : refusalPage("missing parameters");
    },
    "POST /oauth/token": async (seen) => {
      const { form } = seen;
      const isRefresh = form.grant_type === "refresh_token";
      const grant = isRefresh
        ? grants.refreshed(form.refresh_token, "once")
        : grants.redeem(seen, CLIENT_ID);
      if (!grant || form.client_id !== CLIENT_ID) {
        const code = isRefresh ? "refresh_token_reused" : "invalid_grant";
        const message = "Your refresh token has already been used";
        return Response.json({ error: { code, message, type: "invalid_request_error" } }, {
          status: 401,
        });
      }
      const { nonce } = isRefresh ? { nonce: undefined } : grant;
      return Response.json({
        access_token: grants.accessToken(grant),
        refresh_token: grants.refreshToken(grant),
        token_type: "Bearer",
        expires_in: 864_000,
        scope: grant.scope,
        id_token: await idTokens.sign(origin, CLIENT_ID, {
          nonce,
          "https://api.openai.com/auth": { chatgpt_account_id: ACCOUNT_ID },
        }),
      });
    },
    "POST /oauth/revoke": ({ json }) => {
      if (json.client_id !== CLIENT_ID || typeof json.token !== "string") {
        return Response.json({ error: { code: "invalid_request" } }, { status: 400 });
      }
      grants.revoke(json.token);
      return Response.json({});
    },
  }));
  return Object.assign(server, { grants });
}
