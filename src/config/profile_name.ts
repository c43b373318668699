import { VantageError } from "../errors.ts";
import type { System } from "../system.ts";
import type { Config } from "./config_file.ts";
import { DEFAULT_PROFILE } from "./shipped.ts";
import type { Setting, Source } from "./source.ts";
import { nearest } from "./suggest.ts";

/**
 * The name of the profile in use: the flag, VANTAGE_PROFILE, `active_profile` of the file,
 * "default". Throws `profile_unknown`.
 */
export function resolveName(
  config: Config,
  system: Pick<System, "env">,
  flag: string | undefined,
): Setting<string> {
  const named = namedProfile(config, system, flag);
  if (isKnown(config, named.value)) return named;
  throw unknownProfile(config, named.value, named.source);
}

/** The same name, whether there is a profile of that name or not. */
export function namedProfile(
  config: Config,
  system: Pick<System, "env">,
  flag: string | undefined,
): Setting<string> {
  if (flag !== undefined) return { value: flag, source: { kind: "flag", flag: "--profile" } };
  const variable = "VANTAGE_PROFILE";
  const fromEnv = system.env(variable);
  if (fromEnv !== undefined) return { value: fromEnv, source: { kind: "env", variable } };
  if (config.activeProfile !== undefined) {
    return { value: config.activeProfile, source: { kind: "file", keys: ["active_profile"] } };
  }
  return { value: DEFAULT_PROFILE, source: { kind: "default" } };
}

/** The names of all profiles: the shipped one first, then those of the file in its order. */
export function profileNames(config: Config): string[] {
  return [...new Set([DEFAULT_PROFILE, ...config.profiles.keys()])];
}

export function isKnown(config: Config, name: string): boolean {
  return name === DEFAULT_PROFILE || config.profiles.has(name);
}

/** The error for a profile that does not exist. */
export function unknownProfile(config: Config, name: string, source?: Source): VantageError {
  const origin = source?.kind === "env"
    ? ` (named by ${source.variable})`
    : source?.kind === "file"
    ? ` (active_profile in ${config.path})`
    : "";
  const names = profileNames(config);
  const meant = nearest(name, names);
  const known = names.map((known) => `'${known}'`).join(", ");
  const create = `vantage profile create ${name} --issuer URL --client-id ID`;
  return new VantageError(
    "profile_unknown",
    `Cannot read profile: '${name}'${origin} is not defined`,
    {
      hint: (meant === undefined ? "" : `Did you mean '${meant}'? `) +
        `Defined are ${known}; create it with \`${create}\``,
    },
  );
}
