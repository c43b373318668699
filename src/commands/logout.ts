import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import type { LogoutOutcome } from "../logout.ts";

export interface LogoutCommandOptions {
  readonly all?: boolean;
  readonly keepRemote?: boolean;
}

export interface LogoutResult {
  readonly accounts: readonly (LogoutOutcome & { readonly profile: string })[];
}

/** `vantage logout`: ends the session of the profile, or of every profile that has one. */
export async function logout(app: App, options: LogoutCommandOptions): Promise<LogoutResult> {
  if (options.all && app.options.profile !== undefined) {
    throw new VantageError("usage", "Options --all and --profile exclude each other");
  }
  const names = options.all ? await app.profileNames() : [(await app.profile()).name];
  const accounts = [];
  for (const name of names) {
    const profile = await app.profileNamed(name);
    const outcome = await app.logOut(profile, {
      keepRemote: options.keepRemote ?? false,
      keepClient: true,
    });
    if (outcome.wasLoggedIn || !options.all) accounts.push({ profile: name, ...outcome });
  }
  return { accounts };
}
