import type { SettingsApp } from "../../config/context.ts";
import { readText } from "../../config/text_file.ts";

export interface ConfigPathResult {
  readonly path: string;
  readonly exists: boolean;
}

/** `vantage config path`: where the settings file is, or would be. */
export async function configPath(
  app: Pick<SettingsApp, "system" | "paths">,
): Promise<ConfigPathResult> {
  const path = app.paths().config;
  return { path, exists: await readText(app.system.files, path) !== undefined };
}
