import { VantageError } from "../errors.ts";
import type { System } from "../system.ts";
import type { Config } from "./config_file.ts";
import type { Preset } from "./presets.ts";
import type { SettingFlags } from "./account.ts";
import type { SettingsTable } from "./schema.ts";
import { checkSetting, settingFromText } from "./setting_values.ts";
import type { SettingKey } from "./settings.ts";
import { definitionOf, flagOf } from "./settings.ts";
import { ADDRESS_KEYS, deriveFromVantageUrl, PROVIDER_KEYS } from "./shipped.ts";
import type { Setting, Source } from "./source.ts";

/** One place where a setting may come from. The first layer that has it decides. */
export type Layer = (key: SettingKey) => Setting<unknown> | undefined;

/** The command line. Throws `usage` for a wrong value. */
export function flagLayer(flags: SettingFlags): Layer {
  return (key) => {
    const given = flags[key];
    if (given === undefined) return undefined;
    const checked = checkSetting(key, settingFromFlag(key, given));
    const flag = flagOf(key);
    if (!checked.ok) throw new VantageError("usage", `Value of ${flag} ${checked.must}`);
    return { value: checked.value, source: { kind: "flag", flag } };
  };
}

/** What was typed behind a flag as a value of the file, still to be checked. */
export function settingFromFlag(key: SettingKey, given: string | readonly string[]): unknown {
  return settingFromText(key, typeof given === "string" ? given : given.join(" "));
}

/**
 * The environment: of the profile in use, or only what is of the machine, whatever the account.
 * A client id that was exported for one provider must not reach another. Throws `config_invalid`.
 */
export function environmentLayer(system: Pick<System, "env">, scope: "profile" | "machine"): Layer {
  return (key) => {
    const { env: variable, envForAll } = definitionOf(key);
    if (variable === undefined || scope === "machine" && !envForAll) return undefined;
    const text = system.env(variable);
    if (text === undefined) return undefined;
    const checked = checkSetting(key, settingFromText(key, text));
    if (!checked.ok) {
      throw new VantageError("config_invalid", `Environment variable ${variable} ${checked.must}`, {
        hint: `Correct ${variable} or unset it`,
      });
    }
    return { value: checked.value, source: { kind: "env", variable } };
  };
}

/** A table of the settings file. */
export function tableLayer(table: SettingsTable | undefined, at: readonly string[]): Layer {
  return (key) => {
    const value = table?.[key];
    return value === undefined
      ? undefined
      : { value, source: { kind: "file", keys: [...at, key] } };
  };
}

/** [oauth] and [storage], for accounts that do not say otherwise. */
export function sharedLayer(config: Config): Layer {
  return (key) => {
    const value = config.shared[key];
    const keys = definitionOf(key).shared;
    return value === undefined || !keys ? undefined : { value, source: { kind: "file", keys } };
  };
}

/**
 * What ships. Its addresses stand only while no layer above names a provider: a token must
 * not go to the addresses of another one.
 */
export function presetLayer(
  preset: Preset,
  name: string | undefined,
  above: readonly Layer[],
): Layer {
  const source: Source = name === undefined ? { kind: "default" } : { kind: "preset", name };
  const replaced = PROVIDER_KEYS.some((key) => above.some((layer) => layer(key)));
  return (key) => {
    if (replaced && ADDRESS_KEYS.has(key)) return undefined;
    const raw = preset.settings[key];
    if (raw === undefined) return undefined;
    const checked = checkSetting(key, raw);
    return checked.ok ? { value: checked.value, source } : undefined;
  };
}

/** What follows from the address of a Vantage deployment. */
export function derivedLayer(above: readonly Layer[]): Layer {
  const source: Source = { kind: "derived", from: "vantage_url" };
  return (key) => {
    if (key !== "issuer" && key !== "api_url") return undefined;
    for (const layer of above) {
      const found = layer("vantage_url");
      if (found) return { value: deriveFromVantageUrl(String(found.value))[key], source };
    }
    return undefined;
  };
}

export const defaultLayer: Layer = (key) => {
  const raw = definitionOf(key).default;
  if (raw === undefined) return undefined;
  const checked = checkSetting(key, raw);
  return checked.ok ? { value: checked.value, source: { kind: "default" } } : undefined;
};
