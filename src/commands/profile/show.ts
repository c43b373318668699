import type { SettingsApp } from "../../config/context.ts";
import { SETTING_KEYS, showSetting } from "../../config/settings.ts";
import { describeSource } from "../../config/source.ts";

/** A setting that has a value, as the file would hold it, and what gave it. */
export interface ShownSetting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
}

export interface ProfileShowResult {
  readonly name: string;
  /** What made it the profile in use. */
  readonly source: string;
  readonly settings: ShownSetting[];
}

/** `vantage profile show`: the settings that count now. Secrets are no settings. */
export async function profileShow(app: SettingsApp): Promise<ProfileShowResult> {
  const config = await app.config();
  const profile = await app.profile();
  const settings: ShownSetting[] = [];
  for (const key of SETTING_KEYS) {
    const setting = profile.settings[key];
    if (!setting) continue;
    settings.push({
      key,
      value: showSetting(key, setting.value),
      source: await describeSource(setting.source, config),
    });
  }
  if (profile.sslCertFile) {
    const { value, source } = profile.sslCertFile;
    settings.push({ key: "ssl_cert_file", value, source: await describeSource(source, config) });
  }
  return {
    name: profile.name,
    source: await describeSource(profile.nameSource, config),
    settings,
  };
}
