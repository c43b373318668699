import { Grants, refusalPage } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { basicOf, type PresetServer, type Seen, servePreset } from "./server.ts";

/**
 * Reddit (its OAuth2 wiki page, its API rules): Basic of every client, with an empty password for
 * an installed app; the whole redirect URI as registered; errors with status 200; a refusal of
 * its own shape where the client is wrong, or its name common.
 */
export function serveReddit(redirectUri: string): PresetServer & { readonly grants: Grants } {
  const grants = new Grants();
  const server = servePreset(() => ({
    "GET /api/v1/authorize": (seen) => {
      const { client_id, response_type, redirect_uri, state } = seen.query;
      if (client_id !== CLIENT_ID || redirect_uri !== redirectUri) {
        return refusalPage("bad request: invalid redirect_uri parameter");
      }
      return response_type === "code" && state ? grants.agree(seen) : refusalPage("bad request");
    },
    "POST /api/v1/access_token": (seen) => {
      const refusal = refused(seen);
      if (refusal) return refusal;
      const isRefresh = seen.form.grant_type === "refresh_token";
      const grant = isRefresh
        ? grants.refreshed(seen.form.refresh_token, "often")
        : grants.redeem(seen, CLIENT_ID);
      if (!grant) {
        return isRefresh
          ? Response.json({ message: "Bad Request", error: 400 }, { status: 400 })
          : Response.json({ error: "invalid_grant" });
      }
      const isPermanent = grant.parameters.duration === "permanent";
      return Response.json({
        access_token: grants.accessToken(grant),
        token_type: "bearer",
        expires_in: 86_400,
        scope: grant.scope,
        ...(!isRefresh && isPermanent && { refresh_token: grants.refreshToken(grant) }),
      });
    },
    "POST /api/v1/revoke_token": (seen) => {
      const refusal = refused(seen);
      if (refusal) return refusal;
      grants.revoke(seen.form.token);
      return new Response(null, { status: 204 });
    },
  }));
  return Object.assign(server, { grants });
}

function refused(seen: Seen): Response | undefined {
  if (/^(?:Deno|node|curl|python|Mozilla)/i.test(seen.headers.get("user-agent") ?? "")) {
    return Response.json({ message: "Too Many Requests", error: 429 }, { status: 429 });
  }
  const { user, password } = basicOf(seen) ?? {};
  if (user === CLIENT_ID && password === "") return undefined;
  return Response.json({ message: "Unauthorized", error: 401 }, {
    status: 401,
    headers: { "www-authenticate": 'Basic realm="reddit"' },
  });
}
