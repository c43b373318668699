import type { SettingsApp } from "../../config/context.ts";
import { resolveProfile } from "../../config/profile.ts";
import { isKnown, namedProfile, profileNames } from "../../config/profile_name.ts";
import type { Source } from "../../config/source.ts";
import { describeSource } from "../../config/source.ts";

/** One profile as the file has it, whatever the environment says. */
export interface ListedProfile {
  readonly name: string;
  readonly active: boolean;
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  /** Where it is defined: "config.toml:3", or "default" for the shipped one. */
  readonly source: string;
}

export interface ProfileListResult {
  readonly profiles: ListedProfile[];
}

/** `vantage profile list`: every profile, the shipped one first. */
export async function profileList(app: SettingsApp): Promise<ProfileListResult> {
  const { system, person } = app;
  const config = await app.config();
  const { value: active } = namedProfile(config, system, app.options.profile);
  if (!isKnown(config, active)) person.warn(`The active profile '${active}' is not defined`);
  // A variable overrides the profile in use only; shown for all, it would make them look the same.
  const plain = {
    env: (name: string) => name.startsWith("VANTAGE_") ? undefined : system.env(name),
    cwd: () => system.cwd(),
    platform: system.platform,
  };
  const profiles: ListedProfile[] = [];
  for (const name of profileNames(config)) {
    const { settings } = resolveProfile(config, plain, { profile: name });
    const source: Source = config.profiles.has(name)
      ? { kind: "file", keys: ["profiles", name] }
      : { kind: "default" };
    profiles.push({
      name,
      active: name === active,
      issuer: settings.issuer?.value,
      clientId: settings.client_id?.value,
      source: await describeSource(source, config),
    });
  }
  return { profiles };
}
