import type { App } from "../app.ts";
import type { Account, AccountId } from "../config/account.ts";
import type { NamedAccount } from "../config/account_name.ts";
import { VantageError } from "../errors.ts";
import type { LogoutOutcome } from "../logout.ts";

export interface LogoutCommandOptions {
  readonly all?: boolean;
  readonly keepRemote?: boolean;
}

export interface LogoutResult {
  readonly accounts: readonly (LogoutOutcome & { readonly id: AccountId })[];
}

/** `vantage logout`: ends the session of an account, or of every account that has one. */
export async function logout(
  app: App,
  named: NamedAccount,
  options: LogoutCommandOptions,
): Promise<LogoutResult> {
  if (options.all && (app.options.profile !== undefined || named.service !== undefined)) {
    const other = named.service === undefined ? "--profile" : "SERVICE ACCOUNT";
    throw new VantageError("usage", `Options --all and ${other} exclude each other`);
  }
  const accounts = [];
  for (const account of options.all ? await allAccounts(app) : [await app.target(named)]) {
    const outcome = await app.logOut(account, {
      keepRemote: options.keepRemote ?? false,
      keepSecrets: true,
    });
    if (outcome.wasLoggedIn || !options.all) accounts.push({ id: account.id, ...outcome });
  }
  return { accounts };
}

async function allAccounts(app: App): Promise<Account[]> {
  return await Promise.all((await app.everyAccount()).map((id) => app.account(id)));
}
