import type { SettingsApp } from "../../config/context.ts";
import { resolveName } from "../../config/profile_name.ts";
import type { SetOptions, SetResult } from "../set_setting.ts";
import { setSetting } from "../set_setting.ts";

export interface ProfileSetResult extends SetResult {
  readonly profile: string;
}

/**
 * `vantage profile set KEY VALUE`: changes the profile in use. A secret goes to the store.
 * Throws `usage` for an unknown key or a wrong value, and `profile_unknown`.
 */
export async function profileSet(
  app: SettingsApp,
  key: string,
  text: string | undefined,
  options: SetOptions = {},
): Promise<ProfileSetResult> {
  const { system } = app;
  const profile = resolveName(await app.config(), system, app.options.profile).value;
  const result = await setSetting(app, { kind: "profile", name: profile }, key, text, {
    ...options,
    // Again, because another command may have deleted the profile in between.
    check: (config) => resolveName(config, system, profile),
  });
  return { profile, ...result };
}
