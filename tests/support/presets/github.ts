import { Grants, random, refusalPage } from "./grants.ts";
import { CLIENT_ID } from "./home.ts";
import { basicOf, type PresetServer, type Seen, servePreset } from "./server.ts";

export const GITHUB_SECRET = `github-secret-${crypto.randomUUID()}`;

export interface GitHubOptions {
  /** Tokens of an OAuth app have no end; those of a GitHub app have, and a refresh token. */
  readonly app?: "oauth" | "github";
  readonly deviceFlow?: boolean;
  /** The pause between two polls that it asks for (seconds); 1 unless told. */
  readonly interval?: number;
  /** The pause that it insists on at first (seconds), by `now`; none unless told. */
  readonly pace?: number;
  readonly now?: () => number;
}

export interface GitHub extends PresetServer {
  /** The person agrees in the browser. */
  approve(): void;
  end(): void;
  readonly grants: Grants;
}

/**
 * GitHub ("Authorizing OAuth apps", "Refreshing user access tokens", REST API "Delete an app
 * token"): answers are forms unless JSON is asked for, and errors have status 200.
 */
export function serveGitHub(
  { app = "oauth", deviceFlow = true, interval = 1, pace = 0, now = Date.now }: GitHubOptions = {},
): GitHub {
  const grants = new Grants();
  const deviceCode = random("device");
  let scope = "";
  let state: "pending" | "approved" | "used" = "pending";
  let [paceS, polledAt] = [pace, -Infinity];

  const issue = (grant: Parameters<Grants["accessToken"]>[0]) => ({
    access_token: grants.accessToken(grant, app === "oauth" ? "gho" : "ghu"),
    token_type: "bearer",
    scope: app === "oauth" ? grant.scope.split(" ").join(",") : "",
    ...(app === "github" && {
      expires_in: 28_800,
      refresh_token: grants.refreshToken(grant, "ghr"),
      refresh_token_expires_in: 15_811_200,
    }),
  });

  const token = ({ form, ...seen }: Seen): Record<string, unknown> => {
    if (form.client_id !== CLIENT_ID) return { error: "incorrect_client_credentials" };
    switch (form.grant_type) {
      case "urn:ietf:params:oauth:grant-type:device_code": {
        if (form.device_code !== deviceCode || state === "used") {
          return { error: "incorrect_device_code" };
        }
        const early = now() - polledAt < paceS * 1000;
        polledAt = now();
        if (early) return { error: "slow_down", interval: paceS += 5 };
        if (state === "pending") return { error: "authorization_pending" };
        state = "used";
        return issue({ clientId: CLIENT_ID, scope, nonce: undefined, parameters: {} });
      }
      case "refresh_token": {
        const grant = grants.refreshed(form.refresh_token, "once");
        return grant ? issue(grant) : { error: "bad_refresh_token" };
      }
      default: {
        if (form.client_secret !== GITHUB_SECRET) return { error: "incorrect_client_credentials" };
        const grant = grants.redeem({ form, ...seen }, CLIENT_ID);
        return grant ? issue(grant) : { error: "bad_verification_code" };
      }
    }
  };

  const server = servePreset((origin) => ({
    "POST /login/device/code": (seen) => {
      if (!deviceFlow) return say(seen, { error: "device_flow_disabled" });
      scope = seen.form.scope ?? "";
      return say(seen, {
        device_code: deviceCode,
        user_code: "WDJB-MJHT",
        verification_uri: `${origin}/login/device`,
        expires_in: 900,
        interval,
      });
    },
    "POST /login/oauth/access_token": (seen) => say(seen, token(seen)),
    "GET /login/oauth/authorize": (seen) =>
      seen.query.redirect_uri?.startsWith("http://127.0.0.1:")
        ? grants.agree(seen, { iss: `${origin}/login/oauth` })
        : refusalPage("The redirect_uri is not associated with this application"),
    [`DELETE /applications/${CLIENT_ID}/token`]: (seen) => {
      if (!seen.headers.get("user-agent")) return new Response("No User-Agent", { status: 403 });
      const { user, password } = basicOf(seen) ?? {};
      if (user !== CLIENT_ID || password !== GITHUB_SECRET) {
        return Response.json({ message: "Bad credentials" }, { status: 401 });
      }
      return grants.revoke(seen.json.access_token)
        ? new Response(null, { status: 204 })
        : Response.json({ message: "Not Found" }, { status: 404 });
    },
  }));
  return Object.assign(server, {
    approve: () => void (state = "approved"),
    end: () => grants.end(),
    grants,
  });
}

function say({ headers }: Seen, answer: Record<string, unknown>): Response {
  if (headers.get("accept")?.startsWith("application/json")) return Response.json(answer);
  return new Response(new URLSearchParams(answer as Record<string, string>).toString(), {
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  });
}
