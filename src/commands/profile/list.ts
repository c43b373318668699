import type { SettingsApp } from "../../config/context.ts";
import { PROFILE_SERVICE, resolveAccount } from "../../config/account.ts";
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
  // Without the environment: it overrides the profile in use only, and is no part of any.
  const profiles: ListedProfile[] = [];
  for (const name of profileNames(config)) {
    const { settings } = resolveAccount(config, system, {
      service: PROFILE_SERVICE,
      account: name,
    });
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
