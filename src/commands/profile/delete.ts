import { PROFILE_SERVICE } from "../../config/account.ts";
import { editConfig } from "../../config/config_edit.ts";
import type { Config } from "../../config/config_file.ts";
import type { SettingsApp } from "../../config/context.ts";
import { isKnown, unknownProfile } from "../../config/profile_name.ts";
import { DEFAULT_PROFILE } from "../../config/shipped.ts";
import type { Change } from "../../config/toml_edit.ts";
import { VantageError } from "../../errors.ts";

export interface DeleteOptions {
  /** Do not ask. */
  readonly yes?: boolean | undefined;
}

export interface ProfileDeleteResult {
  readonly name: string;
  /** False when the person said no. */
  readonly deleted: boolean;
  /** Whether it was the active profile, which is the default one now. */
  readonly wasActive: boolean;
}

/**
 * `vantage profile delete NAME`: removes the profile and all that is stored for it. Throws
 * `profile_unknown`, `usage` for the shipped default, `input_required`.
 */
export async function profileDelete(
  app: SettingsApp,
  name: string,
  options: DeleteOptions = {},
): Promise<ProfileDeleteResult> {
  const { system, person } = app;
  requireInFile(await app.config(), name);
  const question = `Delete profile '${name}' and its credentials?`;
  if (!options.yes && !await person.confirm(question, "--yes")) {
    return { name, deleted: false, wasActive: false };
  }
  // Credentials first: without its profile nothing would lead to them any more.
  await app.forget({ service: PROFILE_SERVICE, account: name });
  let wasActive = false;
  await editConfig(system.files, system.clock, app.paths().config, (config) => {
    requireInFile(config, name);
    wasActive = config.activeProfile === name && name !== DEFAULT_PROFILE;
    const changes: Change[] = [{ keys: ["profiles", name], value: undefined }];
    return wasActive ? [...changes, { keys: ["active_profile"], value: undefined }] : changes;
  });
  if (wasActive) person.notice(`'${name}' was the active profile; now it is '${DEFAULT_PROFILE}'`);
  return { name, deleted: true, wasActive };
}

function requireInFile(config: Config, name: string): void {
  if (config.profiles.has(name)) return;
  if (!isKnown(config, name)) throw unknownProfile(config, name);
  throw new VantageError("usage", `Cannot delete profile: '${name}' is built in`, {
    hint: `Log out of it with \`vantage logout -p ${name}\``,
  });
}
