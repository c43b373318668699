import type { Account } from "../config/account.ts";
import type { Config } from "../config/config_file.ts";
import { showSetting } from "../config/setting_values.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { describeSource } from "../config/source.ts";

/** A setting that has a value, as the file would hold it, and what gave it. */
export interface ShownSetting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
}

/** The settings of an account that count now, in the order of their table. */
export async function shownSettings(config: Config, account: Account): Promise<ShownSetting[]> {
  const shown: ShownSetting[] = [];
  for (const key of SETTING_KEYS) {
    const setting = account.settings[key];
    if (!setting) continue;
    const source = await describeSource(setting.source, config);
    shown.push({ key, value: showSetting(key, setting.value), source });
  }
  if (account.sslCertFile) {
    const { value, source } = account.sslCertFile;
    shown.push({ key: "ssl_cert_file", value, source: await describeSource(source, config) });
  }
  return shown;
}
