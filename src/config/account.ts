import { dirname } from "node:path";
import { VantageError } from "../errors.ts";
import type { System } from "../system.ts";
import type { Config } from "./config_file.ts";
import type { Layer } from "./layers.ts";
import {
  defaultLayer,
  derivedLayer,
  environmentLayer,
  flagLayer,
  presetLayer,
  sharedLayer,
  tableLayer,
} from "./layers.ts";
import { resolvePath } from "./paths.ts";
import { nearest } from "./suggest.ts";
import { PRESET_NAMES, presetOf } from "./presets.ts";
import type { DefaultedKey, SettingKey, SettingValue } from "./settings.ts";
import { definitionOf, SETTING_KEYS } from "./settings.ts";
import { DEFAULT_PROFILE } from "./shipped.ts";
import type { Setting } from "./source.ts";

/** The service whose accounts are the profiles. */
export const PROFILE_SERVICE = "vantage";

/** Which account: its service and its name there. */
export interface AccountId {
  readonly service: string;
  readonly account: string;
}

/** Settings with their sources. Those with a default always have a value. */
export type Settings =
  & { readonly [K in DefaultedKey]: Setting<SettingValue<K>> }
  & { readonly [K in Exclude<SettingKey, DefaultedKey>]?: Setting<SettingValue<K>> };

/** The table that says how an account's provider is used: of a profile, or of a provider. */
export interface Definer {
  readonly kind: "profile" | "provider";
  readonly name: string;
}

export interface Definition extends Definer {
  /** There is such a table, or a preset. */
  readonly exists: boolean;
}

/** An account as it counts now: flags over environment over file over preset over defaults. */
export interface Account {
  readonly id: AccountId;
  readonly definition: Definition;
  readonly settings: Settings;
  /** A PEM file to trust beside `ca_file`, from SSL_CERT_FILE. */
  readonly sslCertFile: Setting<string> | undefined;
}

/** What the command line says: texts as they were typed, repeated flags as a list. */
export type SettingFlags = {
  readonly [K in SettingKey]?: string | readonly string[] | undefined;
};

export type SettingSystem = Pick<System, "env" | "cwd" | "platform">;

export interface ResolveOptions {
  readonly flags?: SettingFlags;
  /** The environment's settings of the profile in use apply. */
  readonly environment?: boolean;
}

/**
 * The settings of an account of any service; account NAME of the service `vantage` is the
 * profile NAME. Throws `usage` for a wrong flag, `config_invalid` for a wrong environment
 * variable, `home_unknown` for a `~` without home. Whether the service is known is not asked.
 */
export function resolveAccount(
  config: Config,
  system: SettingSystem,
  id: Account["id"],
  { flags = {}, environment = false }: ResolveOptions = {},
): Account {
  const isProfile = id.service === PROFILE_SERVICE;
  const name = isProfile ? id.account : id.service;
  const own = isProfile ? config.profiles.get(name) : config.providers.get(name)?.settings;
  const parent = isProfile ? config.providers.get(PROFILE_SERVICE)?.settings : undefined;
  const extended = isProfile
    ? (name === DEFAULT_PROFILE ? PROFILE_SERVICE : undefined)
    : config.providers.get(name)?.extends ?? name;
  const preset = extended === undefined ? undefined : presetOf(extended);
  const layers: Layer[] = [
    flagLayer(flags),
    environmentLayer(system, environment ? "profile" : "machine"),
    tableLayer(own, [isProfile ? "profiles" : "providers", name]),
    tableLayer(parent, ["providers", PROFILE_SERVICE]),
  ];
  if (preset) layers.push(presetLayer(preset, isProfile ? undefined : extended, layers));
  layers.push(sharedLayer(config));
  layers.push(derivedLayer([...layers]));
  layers.push(defaultLayer);
  return {
    id,
    definition: {
      kind: isProfile ? "profile" : "provider",
      name,
      exists: own !== undefined || preset !== undefined,
    },
    settings: resolveSettings(layers, system, config),
    sslCertFile: sslCertFile(system),
  };
}

function resolveSettings(
  layers: readonly Layer[],
  system: SettingSystem,
  config: Config,
): Settings {
  const found: Partial<Record<SettingKey, Setting<unknown>>> = {};
  for (const key of SETTING_KEYS) {
    for (const layer of layers) {
      const setting = layer(key);
      if (!setting) continue;
      found[key] = absolute(key, setting, system, config);
      break;
    }
  }
  return found as Settings;
}

function absolute(
  key: SettingKey,
  { value, source }: Setting<unknown>,
  system: SettingSystem,
  config: Config,
): Setting<unknown> {
  if (!definitionOf(key).path || typeof value !== "string") return { value, source };
  const base = source.kind === "file" ? dirname(config.path) : system.cwd();
  return { value: resolvePath(system, value, base), source };
}

function sslCertFile(system: SettingSystem): Setting<string> | undefined {
  const variable = "SSL_CERT_FILE";
  const path = system.env(variable);
  return path === undefined
    ? undefined
    : { value: resolvePath(system, path, system.cwd()), source: { kind: "env", variable } };
}

/** Settings that are enough to log in. */
export type LoginSettings = Settings & { readonly client_id: Setting<string> };

/**
 * The settings of an account that say which provider and which client is meant. Throws
 * `provider_unknown`, and `config_incomplete`, which names the missing key.
 */
export function requireLoginSettings(account: Account): LoginSettings {
  const { settings, definition } = account;
  if (!definition.exists) throw unknownProvider(definition.name);
  if (!settings.issuer && !settings.token_endpoint) {
    throw incomplete(definition, "issuer", "https://id.example.com");
  }
  const { client_id } = settings;
  if (!client_id) throw incomplete(definition, "client_id", "CLIENT_ID");
  return { ...settings, client_id };
}

/** The error for a setting that is needed and missing. */
export function incomplete(definition: Definer, key: SettingKey, example: string): VantageError {
  const { kind, name } = definition;
  const noun = kind === "profile" ? "Profile" : "Provider";
  const preset = kind === "provider" && key === "client_id" ? presetOf(name) : undefined;
  const page = preset?.registration;
  const register = page === undefined ? "Run" : `Register a client at ${page}, then run`;
  return new VantageError("config_incomplete", `${noun} '${name}' has no '${key}'`, {
    hint: `${register} \`${howToSet(definition, key, example)}\``,
  });
}

/** The command that changes a setting of the table which defines an account. */
export function howToSet({ kind, name }: Definer, key: string, value: string): string {
  return kind === "profile"
    ? `vantage profile set ${key} ${value} -p ${name}`
    : `vantage provider set ${name} ${key} ${value}`;
}

/** The error for a service of which nothing is known. */
export function unknownProvider(name: string): VantageError {
  const meant = nearest(name, PRESET_NAMES);
  return new VantageError("provider_unknown", `Cannot find provider: '${name}' is not defined`, {
    hint: (meant === undefined ? "" : `Did you mean '${meant}'? `) +
      `\`vantage provider list\` shows all; define it with \`vantage provider set ${name} issuer URL\``,
  });
}
