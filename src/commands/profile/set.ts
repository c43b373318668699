import { editConfig } from "../../config/config_edit.ts";
import type { SettingsApp } from "../../config/context.ts";
import { resolveName } from "../../config/profile_name.ts";
import { isSecretKey } from "../../config/secrets.ts";
import type { SettingKey } from "../../config/settings.ts";
import {
  checkSetting,
  definitionOf,
  isSettingKey,
  SETTING_KEYS,
  settingFromText,
} from "../../config/settings.ts";
import { nearest } from "../../config/suggest.ts";
import type { EditValue } from "../../config/toml_text.ts";
import { VantageError } from "../../errors.ts";
import { CLIENT_SECRET, storeClientSecret } from "../client_secret.ts";

export interface SetOptions {
  /** Remove the setting. */
  readonly unset?: boolean | undefined;
}

export interface ProfileSetResult {
  readonly profile: string;
  readonly key: string;
  /** The value as the file holds it now; undefined for a secret, and when it was removed. */
  readonly value: unknown;
  readonly removed: boolean;
}

/**
 * `vantage profile set KEY VALUE`: changes the profile in use. A secret goes to the store.
 * Throws `usage` for an unknown key or a wrong value, and `profile_unknown`.
 */
export async function profileSet(
  app: SettingsApp,
  key: string,
  text: string | undefined,
  options: SetOptions = {},
): Promise<ProfileSetResult> {
  const { system, person } = app;
  const profile = resolveName(await app.config(), system, app.options.profile).value;
  if (options.unset && text !== undefined) {
    throw new VantageError("usage", "Give a value or --unset, not both");
  }
  if (key === CLIENT_SECRET) {
    await (options.unset ? app.deleteClientSecret(profile) : storeClientSecret(app, profile, text));
    return { profile, key, value: undefined, removed: options.unset ?? false };
  }
  if (!isSettingKey(key)) throw unknownKey(key, profile);

  const value = options.unset ? undefined : newValue(key, text);
  const path = app.paths().config;
  await editConfig(system.files, system.clock, path, (config) => {
    // Again, because another command may have deleted the profile in between.
    resolveName(config, system, profile);
    return [{ keys: ["profiles", profile, key], value }];
  });
  const variable = definitionOf(key).env;
  if (variable !== undefined && system.env(variable) !== undefined) {
    person.warn(`${variable} is set and goes before the file`);
  }
  return { profile, key, value, removed: options.unset ?? false };
}

function newValue(key: SettingKey, text: string | undefined): EditValue {
  if (text === undefined) {
    throw new VantageError("usage", `Setting '${key}' needs a value`, {
      hint: `Give one, or remove the setting with \`vantage profile set ${key} --unset\``,
    });
  }
  const value = settingFromText(key, text);
  const checked = checkSetting(key, value);
  if (!checked.ok) throw new VantageError("usage", `Value of '${key}' ${checked.must}`);
  return value as EditValue;
}

function unknownKey(key: string, profile: string): VantageError {
  if (isSecretKey(key)) {
    return new VantageError("usage", `Cannot set '${key}': it is a secret, not a setting`, {
      hint: `Set a client secret with \`vantage profile set ${CLIENT_SECRET} - -p ${profile}\`, ` +
        `get tokens with \`vantage login -p ${profile}\``,
    });
  }
  const meant = nearest(key, [...SETTING_KEYS, CLIENT_SECRET]);
  return new VantageError("usage", `Unknown setting '${key}'`, {
    hint: meant === undefined
      ? `Settings are ${SETTING_KEYS.join(", ")}`
      : `Did you mean '${meant}'?`,
  });
}
