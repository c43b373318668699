import type { SettingsApp } from "../../config/context.ts";
import { describeSource } from "../../config/source.ts";
import type { ShownSetting } from "../shown_settings.ts";
import { shownSettings } from "../shown_settings.ts";

export interface ProfileShowResult {
  readonly name: string;
  /** What made it the profile in use. */
  readonly source: string;
  readonly settings: readonly ShownSetting[];
}

/** `vantage profile show`: the settings that count now. Secrets are no settings. */
export async function profileShow(app: SettingsApp): Promise<ProfileShowResult> {
  const config = await app.config();
  const profile = await app.profile();
  return {
    name: profile.name,
    source: await describeSource(profile.nameSource, config),
    settings: await shownSettings(config, profile),
  };
}
