import * as v from "valibot";
import { formatDuration } from "./duration.ts";
import * as value from "./values.ts";

/** What there is to know about one setting of a profile. */
export interface SettingDefinition {
  /** Checks a value of the file; its output is the setting's value. */
  readonly schema: v.GenericSchema<unknown>;
  /** How text from the environment or the command line becomes a value of the file. */
  readonly kind: "text" | "list" | "integer" | "boolean" | "map";
  /** For documentation and help, one line. */
  readonly description: string;
  /** The environment variable that overrides the file for the profile in use. */
  readonly env?: string;
  /** The variable is of the machine and counts for every account. */
  readonly envForAll?: true;
  /** The flag that overrides all, where its name is not the key's. */
  readonly flag?: `--${string}`;
  /** The table and key that hold the value for profiles which do not set it. */
  readonly shared?: readonly [table: string, key: string];
  /** The value where nothing sets it, as the file would hold it. */
  readonly default?: unknown;
  /** The value as the file would hold it, where it differs. */
  readonly show?: (value: never) => string;
  /** A path: `~` is expanded, and what is relative in the file is so to the file. */
  readonly path?: true;
}

/** How a client authenticates at the token endpoint. */
const CLIENT_AUTH = ["auto", "none", "post", "basic", "basic-unencoded"] as const;

const showLifetime = (ms: number) => ms === Infinity ? "never" : formatDuration(ms);

const endpoint = (name: string) => ({
  schema: value.webUrl,
  kind: "text",
  description: `${name}, for a provider without discovery`,
} as const);

/**
 * Every setting of a profile. Validation, layering, `profile set`, `profile show` and the
 * documentation follow this table.
 */
export const SETTINGS = {
  vantage_url: {
    schema: value.vantageUrl,
    kind: "text",
    description: "Address of a Vantage deployment; issuer and api_url follow from its domain",
  },
  issuer: {
    schema: value.issuerUrl,
    kind: "text",
    env: "VANTAGE_ISSUER",
    description: "Issuer of the provider, where discovery starts",
  },
  client_id: {
    schema: value.plainText,
    kind: "text",
    env: "VANTAGE_CLIENT_ID",
    description: "Client id that the provider gave you",
  },
  scopes: {
    schema: value.scopes,
    kind: "list",
    flag: "--scope",
    default: ["openid", "email", "profile", "offline_access"],
    description: "Scopes to ask for",
  },
  api_url: {
    schema: value.webUrl,
    kind: "text",
    env: "VANTAGE_API_URL",
    description: "Base of the paths given to `vantage api`",
  },
  graphql_url: {
    schema: value.webUrl,
    kind: "text",
    env: "VANTAGE_GRAPHQL_URL",
    description: "Endpoint of `vantage graphql`",
  },
  api_origins: {
    schema: value.origins,
    kind: "list",
    description: "Further origins that may have the token, such as https://uploads.example.com",
  },
  flow: {
    schema: value.oneOf(["auto", "device", "browser", "client-credentials"]),
    kind: "text",
    default: "auto",
    description: "How to log in: auto, device, browser or client-credentials",
  },
  store: {
    schema: value.oneOf(["file", "keyring", "sops", "memory"]),
    kind: "text",
    shared: ["storage", "primary"],
    default: "file",
    description: "Where credentials live: file, keyring, sops or memory",
  },
  secondary_store: {
    schema: value.oneOf(["file", "keyring", "sops"]),
    kind: "text",
    shared: ["storage", "secondary"],
    description: "Where client secrets and API keys live, if not in the store of the tokens",
  },
  refresh_threshold: {
    schema: value.threshold,
    kind: "text",
    default: "5m",
    show: formatDuration,
    description: "How long before its expiry a token is refreshed, such as 90s, 5m or 1h30m",
  },
  ca_file: {
    schema: value.filePath,
    kind: "text",
    env: "VANTAGE_CA_FILE",
    envForAll: true,
    path: true,
    description: "PEM file of certificate authorities to trust beside the built-in ones",
  },
  dpop: {
    schema: value.flag,
    kind: "boolean",
    default: false,
    description: "Bind tokens to a key of this machine (RFC 9449)",
  },
  audience: {
    schema: value.plainText,
    kind: "text",
    description: "Audience to ask a token for",
  },
  resource: {
    schema: value.resourceUri,
    kind: "text",
    description: "Resource to ask a token for (RFC 8707)",
  },
  callback_host: {
    schema: value.oneOf(["127.0.0.1", "::1", "localhost"]),
    kind: "text",
    shared: ["oauth", "callback_host"],
    default: "127.0.0.1",
    description: "Host of the redirect URI: 127.0.0.1, ::1 or localhost, as registered",
  },
  callback_port: {
    schema: value.port,
    kind: "integer",
    shared: ["oauth", "callback_port"],
    default: 0,
    description: "Port of the redirect URI, 0 for any free one",
  },
  callback_path: {
    schema: value.callbackPath,
    kind: "text",
    default: "/callback",
    description: "Path of the redirect URI, empty for none",
  },
  authorization_endpoint: endpoint("Authorization endpoint"),
  device_authorization_endpoint: endpoint("Device authorization endpoint"),
  token_endpoint: endpoint("Token endpoint"),
  revocation_endpoint: endpoint("Revocation endpoint"),
  userinfo_endpoint: endpoint("UserInfo endpoint"),
  pushed_authorization_request_endpoint: endpoint("Pushed authorization request endpoint"),
  registration_endpoint: endpoint("Client registration endpoint (RFC 7591)"),
  jwks_uri: endpoint("Address of the provider's keys"),
  authorize_params: {
    schema: value.authorizeParams,
    kind: "map",
    description: "Further parameters of the authorization request, as name=value",
  },
  client_auth: {
    schema: value.oneOf(CLIENT_AUTH),
    kind: "text",
    default: "auto",
    description: "How the client authenticates: auto, none, post, basic, or basic-unencoded for " +
      "a provider that does not decode what RFC 6749, 2.3.1 encodes",
  },
  needs_client_secret: {
    schema: value.flag,
    kind: "boolean",
    default: false,
    description: "The provider wants a client secret of native applications too",
  },
  revocation_method: {
    schema: value.oneOf(["post", "json", "delete"]),
    kind: "text",
    default: "post",
    description: "How tokens are revoked: post (RFC 7009), json (the same as JSON), or delete, " +
      "as GitHub's API has it",
  },
  token_lifetime: {
    schema: value.lifetime,
    kind: "text",
    default: "55m",
    show: showLifetime,
    description: "Life of a token whose provider names none: a duration, or never",
  },
  scope_separator: {
    schema: value.oneOf([" ", ","]),
    kind: "text",
    default: " ",
    description: "What stands between the scopes that the provider says it granted",
  },
  issuer_per_tenant: {
    schema: value.flag,
    kind: "boolean",
    default: false,
    description: "The issuer in the metadata holds {tenantid}, filled in by each ID token's tid",
  },
  account_claim: {
    schema: value.claimPath,
    kind: "list",
    description: "Where in the ID token the provider's own account id is, name by name",
  },
  user_agent: {
    schema: value.headerText,
    kind: "text",
    description: "User-Agent header, for a provider that insists on one",
  },
  git_hosts: {
    schema: value.hosts,
    kind: "list",
    description: "Hosts of which `vantage credential-helper git` has this provider's tokens",
  },
  git_username: {
    schema: value.plainText,
    kind: "text",
    default: "oauth2",
    description: "User name that goes with a token in place of a password",
  },
} as const satisfies Record<string, SettingDefinition>;

export type SettingKey = keyof typeof SETTINGS;
/** The checked value of a setting: `refresh_threshold` is in milliseconds. */
export type SettingValue<K extends SettingKey> = v.InferOutput<(typeof SETTINGS)[K]["schema"]>;
/** Settings with a default, which therefore always have a value. */
export type DefaultedKey = {
  [K in SettingKey]: (typeof SETTINGS)[K] extends { default: unknown } ? K : never;
}[SettingKey];

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** The same entry of {@link SETTINGS}, its optional parts visible to the compiler. */
export function definitionOf(key: SettingKey): SettingDefinition {
  return SETTINGS[key];
}

/** The flag that overrides a setting. */
export function flagOf(key: SettingKey): string {
  return definitionOf(key).flag ?? `--${key.replaceAll("_", "-")}`;
}
