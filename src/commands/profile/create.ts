import { editConfig } from "../../config/config_edit.ts";
import type { SettingsApp } from "../../config/context.ts";
import { nameProblem } from "../../config/names.ts";
import { profileNames } from "../../config/profile_name.ts";
import type { SettingFlags } from "../../config/account.ts";
import { settingFromFlag } from "../../config/layers.ts";
import { checkSetting } from "../../config/setting_values.ts";
import { flagOf, SETTING_KEYS } from "../../config/settings.ts";
import type { Change } from "../../config/toml_edit.ts";
import type { EditValue } from "../../config/toml_text.ts";
import { VantageError } from "../../errors.ts";

export interface CreateOptions extends SettingFlags {
  /** Make it the active profile. */
  readonly use?: boolean | undefined;
}

export interface ProfileCreateResult {
  readonly name: string;
  readonly path: string;
  readonly active: boolean;
}

/** `vantage profile create NAME`: throws `profile_exists`, and `usage` for a wrong name or value. */
export async function profileCreate(
  app: SettingsApp,
  name: string,
  options: CreateOptions = {},
): Promise<ProfileCreateResult> {
  const wrong = nameProblem(name);
  if (wrong !== undefined) throw new VantageError("usage", `Profile name '${name}' ${wrong}`);

  const at = ["profiles", name];
  const changes: Change[] = [{ keys: at, value: {} }];
  for (const key of SETTING_KEYS) {
    const given = options[key];
    if (given === undefined) continue;
    const value = settingFromFlag(key, given);
    const checked = checkSetting(key, value);
    if (!checked.ok) throw new VantageError("usage", `Value of ${flagOf(key)} ${checked.must}`);
    changes.push({ keys: [...at, key], value: value as EditValue });
  }
  if (options.use) changes.push({ keys: ["active_profile"], value: name });

  const path = app.paths().config;
  await editConfig(app.system.files, app.system.clock, path, (config) => {
    // Their files would be one where the file system folds case.
    const twin = profileNames(config).find((known) => known.toLowerCase() === name.toLowerCase());
    if (twin === undefined) return changes;
    throw new VantageError("profile_exists", `Cannot create profile: '${twin}' exists already`, {
      hint: `Change it with \`vantage profile set KEY VALUE -p ${twin}\``,
    });
  });
  return { name, path, active: options.use ?? false };
}
