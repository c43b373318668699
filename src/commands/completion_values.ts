import type { App } from "../app.ts";
import { loadConfig } from "../config/config_file.ts";
import { resolvePaths } from "../config/paths.ts";
import { profileNames } from "../config/profile_name.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { CLIENT_SECRET } from "./client_secret.ts";

/**
 * The values a placeholder of the command line may take, for the shell to complete; none for
 * one that only the person knows. `home` is what was typed behind `--home`.
 */
export async function completionValues(
  { system }: App,
  placeholder: string,
  home: string | undefined,
): Promise<readonly string[]> {
  switch (placeholder) {
    case "profile":
      return profileNames(await loadConfig(system.files, resolvePaths(system, home).config));
    case "key":
      return [...SETTING_KEYS, CLIENT_SECRET];
    default:
      return [];
  }
}
