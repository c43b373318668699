import type { SettingKey } from "./settings.ts";
import { SHIPPED } from "./shipped.ts";

/** What is known of a provider before its user says anything. Never somebody's client id. */
export interface Preset {
  /** For `provider list`. */
  readonly title: string;
  /** Where one registers a client of one's own. */
  readonly registration?: string;
  /** Settings as the file would hold them: the provider's addresses and its ways, as data. */
  readonly settings: { readonly [K in SettingKey]?: unknown };
}

/** The providers that need no addresses. Each comment names what is particular, and why. */
export const PRESETS = {
  vantage: {
    title: "Vantage",
    registration: "https://docs.vantagecompute.ai",
    settings: SHIPPED,
  },
  github: {
    title: "GitHub",
    registration: "https://github.com/settings/developers",
    settings: {
      // There is no discovery at it, but its answers may name it (RFC 9207).
      issuer: "https://github.com/login/oauth",
      authorization_endpoint: "https://github.com/login/oauth/authorize",
      device_authorization_endpoint: "https://github.com/login/device/code",
      token_endpoint: "https://github.com/login/oauth/access_token",
      // DELETE with the token as JSON; it wants the client secret.
      revocation_endpoint: "https://api.github.com/applications/{client_id}/token",
      revocation_method: "delete",
      api_url: "https://api.github.com",
      graphql_url: "https://api.github.com/graphql",
      scopes: ["repo", "read:org"],
      scope_separator: ",",
      // The browser flow wants the client secret, which a native application cannot keep.
      flow: "device",
      client_auth: "post",
      // Tokens of OAuth apps have no end, and no refresh token.
      token_lifetime: "never",
      git_hosts: ["github.com", "gist.github.com"],
      git_username: "x-access-token",
    },
  },
  google: {
    title: "Google",
    registration: "https://console.cloud.google.com/apis/credentials",
    settings: {
      issuer: "https://accounts.google.com",
      // `offline_access` is no scope here: a parameter asks for the refresh token, and only
      // a consent gives one again.
      scopes: ["openid", "email", "profile"],
      authorize_params: { access_type: "offline", prompt: "consent" },
      // A client of the type "Desktop app" may not use the device flow.
      flow: "browser",
      client_auth: "post",
      needs_client_secret: true,
    },
  },
  microsoft: {
    title: "Microsoft Entra ID",
    registration: "https://entra.microsoft.com",
    settings: {
      issuer: "https://login.microsoftonline.com/common/v2.0",
      issuer_per_tenant: true,
      scopes: ["openid", "email", "profile", "offline_access"],
      // Not "consent", which many organisations leave to administrators.
      authorize_params: { prompt: "select_account" },
      client_auth: "auto",
      // As native applications are registered: http://localhost, with any port and no path.
      callback_host: "localhost",
      callback_path: "",
      api_url: "https://graph.microsoft.com/v1.0",
    },
  },
  gitlab: {
    title: "GitLab",
    registration: "https://gitlab.com/-/user_settings/applications",
    settings: {
      issuer: "https://gitlab.com",
      // `offline_access` is no scope here: every token comes with a refresh token.
      scopes: ["openid", "profile", "email", "read_api", "read_repository", "write_repository"],
      client_auth: "post",
      api_url: "https://gitlab.com/api/v4",
      graphql_url: "https://gitlab.com/api/graphql",
      git_hosts: ["gitlab.com"],
      git_username: "oauth2",
    },
  },
  spotify: {
    title: "Spotify",
    registration: "https://developer.spotify.com/dashboard",
    settings: {
      authorization_endpoint: "https://accounts.spotify.com/authorize",
      token_endpoint: "https://accounts.spotify.com/api/token",
      api_url: "https://api.spotify.com/v1",
      scopes: ["user-read-private", "user-read-email"],
      flow: "browser",
      // With a literal address any port will do; `localhost` is refused.
      callback_host: "127.0.0.1",
    },
  },
  reddit: {
    title: "Reddit",
    registration: "https://www.reddit.com/prefs/apps",
    settings: {
      authorization_endpoint: "https://www.reddit.com/api/v1/authorize",
      token_endpoint: "https://www.reddit.com/api/v1/access_token",
      revocation_endpoint: "https://www.reddit.com/api/v1/revoke_token",
      api_url: "https://oauth.reddit.com",
      scopes: ["identity", "read"],
      flow: "browser",
      // Without it there is no refresh token.
      authorize_params: { duration: "permanent" },
      // Basic for every client; an installed app has an empty password.
      client_auth: "basic-unencoded",
      // The redirect URI is compared whole, so the port cannot be any.
      callback_host: "127.0.0.1",
      callback_port: 8484,
      callback_path: "/callback",
      // The names of programming languages and browsers get next to nothing (429).
      user_agent: "cli:vantage:0.1 (OAuth login)",
    },
  },
  chatgpt: {
    title: "ChatGPT (OpenAI)",
    settings: {
      issuer: "https://auth.openai.com",
      authorization_endpoint: "https://auth.openai.com/oauth/authorize",
      token_endpoint: "https://auth.openai.com/oauth/token",
      revocation_endpoint: "https://auth.openai.com/oauth/revoke",
      revocation_method: "json",
      jwks_uri: "https://auth.openai.com/.well-known/jwks.json",
      scopes: ["openid", "profile", "email", "offline_access"],
      flow: "browser",
      authorize_params: { id_token_add_organizations: "true", codex_cli_simplified_flow: "true" },
      callback_host: "localhost",
      callback_port: 1455,
      callback_path: "/auth/callback",
      account_claim: ["https://api.openai.com/auth", "chatgpt_account_id"],
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** The preset of that name, undefined when there is none. */
export function presetOf(name: string): Preset | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name as PresetName] : undefined;
}
