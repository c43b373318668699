import type { App } from "../app.ts";
import { loadConfig } from "../config/config_file.ts";
import { loadAccounts } from "../config/accounts_file.ts";
import { resolvePaths } from "../config/paths.ts";
import { PRESET_NAMES } from "../config/presets.ts";
import { profileNames } from "../config/profile_name.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { CLIENT_SECRET } from "./client_secret.ts";
import { operationsIn, rememberedFields } from "./graphql_completion.ts";

/**
 * The values a placeholder of the command line may take, for the shell to complete; none for
 * one that only the person knows. `given` tells what was typed behind an option.
 */
export async function completionValues(
  { system }: App,
  placeholder: string,
  given: (option: string) => string | undefined,
): Promise<readonly string[]> {
  const home = given("--home");
  switch (placeholder) {
    case "profile":
      return profileNames(await loadConfig(system.files, resolvePaths(system, home).config));
    case "provider":
    case "service": {
      const { providers } = await loadConfig(system.files, resolvePaths(system, home).config);
      return [...new Set([...PRESET_NAMES, ...providers.keys()])];
    }
    case "account":
      return (await loadAccounts(system.files, resolvePaths(system, home).accounts))
        .map(({ account }) => account);
    case "key":
      return [...SETTING_KEYS, CLIENT_SECRET];
    case "operation":
      return await operationsIn(system, given("--input"));
    case "query":
      return await rememberedFields(system, { home, ...named(given) });
    default:
      return [];
  }
}

const named = (given: (option: string) => string | undefined) => ({
  profile: given("--profile"),
  account: given("--account"),
});
