import { dirname } from "node:path";
import { VantageError } from "../errors.ts";
import type { System } from "../system.ts";
import type { Config } from "./config_file.ts";
import { resolvePath } from "./paths.ts";
import { resolveName } from "./profile_name.ts";
import type { DefaultedKey, SettingKey, SettingValue } from "./settings.ts";
import { checkSetting, definitionOf, flagOf, SETTING_KEYS, settingFromText } from "./settings.ts";
import { DEFAULT_PROFILE, deriveFromVantageUrl, PROVIDER_KEYS, SHIPPED } from "./shipped.ts";
import type { Setting, Source } from "./source.ts";

/** Settings with their sources. Those with a default always have a value. */
export type Settings =
  & { readonly [K in DefaultedKey]: Setting<SettingValue<K>> }
  & { readonly [K in Exclude<SettingKey, DefaultedKey>]?: Setting<SettingValue<K>> };

/** A profile as it counts now: flags over environment over file over defaults. */
export interface Profile {
  readonly name: string;
  /** What made it the profile in use. */
  readonly nameSource: Source;
  readonly settings: Settings;
  /** A PEM file to trust beside `ca_file`, from SSL_CERT_FILE. */
  readonly sslCertFile: Setting<string> | undefined;
}

/** What the command line says: texts as they were typed, repeated flags as a list. */
export type SettingFlags = {
  readonly [K in SettingKey]?: string | readonly string[] | undefined;
};

export interface ProfileFlags extends SettingFlags {
  readonly profile?: string | undefined;
}

export type ProfileSystem = Pick<System, "env" | "cwd" | "platform">;

/**
 * The profile that a command uses, incomplete ones too. Throws `profile_unknown`, `usage` for
 * a wrong flag, `config_invalid` for a wrong environment variable, `home_unknown` for a `~`
 * without home.
 */
export function resolveProfile(
  config: Config,
  system: ProfileSystem,
  flags: ProfileFlags = {},
): Profile {
  const { value: name, source: nameSource } = resolveName(config, system, flags.profile);
  const sslCertFile = system.env("SSL_CERT_FILE");
  return {
    name,
    nameSource,
    settings: resolveSettings(config, name, system, flags),
    sslCertFile: sslCertFile === undefined ? undefined : {
      value: resolvePath(system, sslCertFile, system.cwd()),
      source: { kind: "env", variable: "SSL_CERT_FILE" },
    },
  };
}

type Found = Partial<Record<SettingKey, Setting<unknown>>>;

function resolveSettings(
  config: Config,
  name: string,
  system: ProfileSystem,
  flags: SettingFlags,
): Settings {
  const found: Found = {};
  for (const key of SETTING_KEYS) {
    const setting = fromFlag(key, flags) ?? fromEnv(key, system) ?? fromFile(key, config, name);
    if (setting) found[key] = absolute(key, setting, system, config);
  }
  if (name === DEFAULT_PROFILE) addShipped(found);
  addDerived(found);
  for (const key of SETTING_KEYS) {
    const raw = definitionOf(key).default;
    if (raw === undefined || found[key]) continue;
    const checked = checkSetting(key, raw);
    if (checked.ok) found[key] = { value: checked.value, source: { kind: "default" } };
  }
  return found as Settings;
}

function fromFlag(key: SettingKey, flags: SettingFlags): Setting<unknown> | undefined {
  const given = flags[key];
  if (given === undefined) return undefined;
  const checked = checkSetting(key, settingFromFlag(key, given));
  const flag = flagOf(key);
  if (!checked.ok) throw new VantageError("usage", `Value of ${flag} ${checked.must}`);
  return { value: checked.value, source: { kind: "flag", flag } };
}

/** What was typed behind a flag as a value of the file, still to be checked. */
export function settingFromFlag(key: SettingKey, given: string | readonly string[]): unknown {
  return settingFromText(key, typeof given === "string" ? given : given.join(" "));
}

function fromEnv(key: SettingKey, system: ProfileSystem): Setting<unknown> | undefined {
  const variable = definitionOf(key).env;
  const text = variable === undefined ? undefined : system.env(variable);
  if (variable === undefined || text === undefined) return undefined;
  const checked = checkSetting(key, settingFromText(key, text));
  if (!checked.ok) {
    throw new VantageError("config_invalid", `Environment variable ${variable} ${checked.must}`, {
      hint: `Correct ${variable} or unset it`,
    });
  }
  return { value: checked.value, source: { kind: "env", variable } };
}

function fromFile(key: SettingKey, config: Config, name: string): Setting<unknown> | undefined {
  const own = config.profiles.get(name)?.[key];
  if (own !== undefined) {
    return { value: own, source: { kind: "file", keys: ["profiles", name, key] } };
  }
  const shared = config.shared[key];
  const keys = definitionOf(key).shared;
  return shared === undefined || !keys
    ? undefined
    : { value: shared, source: { kind: "file", keys } };
}

function absolute(
  key: SettingKey,
  { value, source }: Setting<unknown>,
  system: ProfileSystem,
  config: Config,
): Setting<unknown> {
  if (!definitionOf(key).path || typeof value !== "string") return { value, source };
  const base = source.kind === "file" ? dirname(config.path) : system.cwd();
  return { value: resolvePath(system, value, base), source };
}

function addShipped(found: Found): void {
  const source: Source = { kind: "default" };
  if (!PROVIDER_KEYS.some((key) => found[key])) {
    found.vantage_url ??= { value: SHIPPED.vantage_url, source };
  }
  found.client_id ??= { value: SHIPPED.client_id, source };
}

function addDerived(found: Found): void {
  if (typeof found.vantage_url?.value !== "string") return;
  const source: Source = { kind: "derived", from: "vantage_url" };
  const { issuer, api_url } = deriveFromVantageUrl(found.vantage_url.value);
  found.issuer ??= { value: issuer, source };
  found.api_url ??= { value: api_url, source };
}

/** Settings that are enough to log in. */
export type LoginSettings = Settings & { readonly client_id: Setting<string> };

/**
 * The settings of a profile that says which provider and which client is meant. Throws
 * `config_incomplete`, which names the missing key, where it does not.
 */
export function requireLoginSettings(profile: Profile): LoginSettings {
  const { settings, name } = profile;
  if (!settings.issuer && !settings.token_endpoint) {
    throw incomplete(name, "issuer", "https://id.example.com");
  }
  const { client_id } = settings;
  if (!client_id) throw incomplete(name, "client_id", "CLIENT_ID");
  return { ...settings, client_id };
}

function incomplete(name: string, key: SettingKey, example: string): VantageError {
  return new VantageError("config_incomplete", `Profile '${name}' has no '${key}'`, {
    hint: `Run \`vantage profile set ${key} ${example} -p ${name}\``,
  });
}
