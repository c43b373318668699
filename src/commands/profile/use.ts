import { editConfig } from "../../config/config_edit.ts";
import type { SettingsApp } from "../../config/context.ts";
import { isKnown, unknownProfile } from "../../config/profile_name.ts";

export interface ProfileUseResult {
  readonly activeProfile: string;
}

/** `vantage profile use NAME`: makes it the active profile. Throws `profile_unknown`. */
export async function profileUse(
  app: SettingsApp,
  name: string,
): Promise<ProfileUseResult> {
  const { system, person } = app;
  await editConfig(system.files, system.clock, app.paths().config, (config) => {
    if (!isKnown(config, name)) throw unknownProfile(config, name);
    return [{ keys: ["active_profile"], value: name }];
  });
  const override = system.env("VANTAGE_PROFILE");
  if (override !== undefined && override !== name) {
    person.warn(`VANTAGE_PROFILE is set and goes before the file: '${override}' stays in use`);
  }
  return { activeProfile: name };
}
