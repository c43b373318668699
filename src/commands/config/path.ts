import type { SettingsApp } from "../../config/context.ts";
import { readConfigText } from "../../config/config_file.ts";

export interface ConfigPathResult {
  readonly path: string;
  readonly exists: boolean;
}

/** `vantage config path`: where the settings file is, or would be. */
export async function configPath(
  app: Pick<SettingsApp, "system" | "paths">,
): Promise<ConfigPathResult> {
  const path = app.paths().config;
  return { path, exists: await readConfigText(app.system.files, path) !== undefined };
}
