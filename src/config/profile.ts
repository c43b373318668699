import type { Account, SettingFlags, SettingSystem } from "./account.ts";
import { PROFILE_SERVICE, resolveAccount } from "./account.ts";
import type { Config } from "./config_file.ts";
import { namedProfile, resolveName } from "./profile_name.ts";
import type { Source } from "./source.ts";

/** A profile: the account of its name at the service `vantage`. */
export interface Profile extends Account {
  readonly name: string;
  /** What made it the profile in use. */
  readonly nameSource: Source;
}

export interface ProfileOptions {
  /** Its name, where the command line gave one. */
  readonly profile?: string | undefined;
  readonly flags?: SettingFlags;
}

/**
 * The profile that a command uses, incomplete ones too. Throws `profile_unknown`, and what
 * {@link resolveAccount} throws.
 */
export function resolveProfile(
  config: Config,
  system: SettingSystem,
  { profile, flags = {} }: ProfileOptions = {},
): Profile {
  const { value: name, source: nameSource } = resolveName(config, system, profile);
  // The environment's settings go with the profile that it names, as for a program of ours that
  // asks for the token of another one.
  const named = system.env("VANTAGE_PROFILE");
  const account = resolveAccount(config, system, { service: PROFILE_SERVICE, account: name }, {
    flags,
    environment: named === undefined || named === name,
  });
  return { ...account, name, nameSource };
}

/** Any profile by its name. What the environment overrides, it overrides for the one in use only. */
export function profileNamed(
  config: Config,
  system: SettingSystem,
  name: string,
  { inUse, flags = {} }: { inUse?: string | undefined; flags?: SettingFlags },
): Profile {
  const { source: nameSource } = resolveName(config, system, name);
  const account = resolveAccount(config, system, { service: PROFILE_SERVICE, account: name }, {
    flags,
    environment: namedProfile(config, system, inUse).value === name,
  });
  return { ...account, name, nameSource };
}
