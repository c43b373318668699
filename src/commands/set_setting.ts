import type { Definer } from "../config/account.ts";
import { howToSet } from "../config/account.ts";
import type { Config } from "../config/config_file.ts";
import { editConfig } from "../config/config_edit.ts";
import type { SettingsApp } from "../config/context.ts";
import { isSecretKey, storeSecret } from "../config/secrets.ts";
import { checkSetting, settingFromText } from "../config/setting_values.ts";
import type { SettingKey } from "../config/settings.ts";
import { definitionOf, isSettingKey, SETTING_KEYS } from "../config/settings.ts";
import { nearest } from "../config/suggest.ts";
import type { EditValue } from "../config/toml_text.ts";
import { VantageError } from "../errors.ts";
import { CLIENT_SECRET, storeClientSecret } from "./client_secret.ts";

export interface SetOptions {
  /** Remove the setting. */
  readonly unset?: boolean | undefined;
}

export interface SetResult {
  readonly key: string;
  /** The value as the file holds it now; undefined for a secret, and when it was removed. */
  readonly value: unknown;
  readonly removed: boolean;
}

/**
 * Changes a setting in the table of a profile or a provider; a client secret goes to the
 * store. `check` sees the file under its lock. Throws `usage` for an unknown key or a wrong
 * value, and what `check` throws.
 */
export async function setSetting(
  app: SettingsApp,
  of: Definer,
  key: string,
  text: string | undefined,
  { unset = false, check }: SetOptions & { check?: (config: Config) => void },
): Promise<SetResult> {
  const { system, person } = app;
  if (unset && text !== undefined) {
    throw new VantageError("usage", "Give a value or --unset, not both");
  }
  if (key === CLIENT_SECRET) {
    await (unset ? app.deleteClientSecret(of) : storeClientSecret(app, of, text));
    return { key, value: undefined, removed: unset };
  }
  if (!isSettingKey(key)) throw unknownKey(key, of);

  const value = unset ? undefined : newValue(key, text, of);
  await editConfig(system.files, system.clock, app.paths().config, (config) => {
    check?.(config);
    return [{ keys: [`${of.kind}s`, of.name, key], value }];
  });
  const variable = of.kind === "profile" ? definitionOf(key).env : undefined;
  if (variable !== undefined && system.env(variable) !== undefined) {
    person.warn(`${variable} is set and goes before the file`);
  }
  return { key, value, removed: unset };
}

function newValue(key: SettingKey, text: string | undefined, of: Definer): EditValue {
  if (text === undefined) {
    throw new VantageError("usage", `Setting '${key}' needs a value`, {
      hint: `Give one, or remove the setting with \`${howToSet(of, key, "--unset")}\``,
    });
  }
  const value = settingFromText(key, text);
  const checked = checkSetting(key, value);
  if (!checked.ok) throw new VantageError("usage", `Value of '${key}' ${checked.must}`);
  return value as EditValue;
}

function unknownKey(key: string, of: Definer): VantageError {
  if (isSecretKey(key)) {
    const login = of.kind === "profile" ? `-p ${of.name}` : `${of.name} ACCOUNT`;
    return new VantageError("usage", `Cannot set '${key}': it is a secret, not a setting`, {
      hint: `Set a client secret with \`${storeSecret(of)}\`, ` +
        `get tokens with \`vantage login ${login}\``,
    });
  }
  const meant = nearest(key, [...SETTING_KEYS, CLIENT_SECRET]);
  return new VantageError("usage", `Unknown setting '${key}'`, {
    hint: meant === undefined
      ? `Settings are ${SETTING_KEYS.join(", ")}`
      : `Did you mean '${meant}'?`,
  });
}
