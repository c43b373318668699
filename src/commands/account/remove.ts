import type { App } from "../../app.ts";
import type { AccountId } from "../../config/account.ts";
import { PROFILE_SERVICE } from "../../config/account.ts";
import { describeAccount, namedAccount } from "../../config/account_name.ts";
import { isSame } from "../../config/accounts_file.ts";
import { VantageError } from "../../errors.ts";
import type { LogoutOutcome } from "../../logout.ts";

export interface RemoveOptions {
  /** Do not ask. */
  readonly yes?: boolean | undefined;
}

export interface AccountRemoveResult {
  readonly id: AccountId;
  /** Undefined when the person said no. */
  readonly outcome: LogoutOutcome | undefined;
}

/**
 * `vantage account remove SERVICE ACCOUNT`: revokes its session at the provider, then removes all
 * that is stored of it. Throws `account_unknown`, `input_required`, `store_…`.
 */
export async function accountRemove(
  app: App,
  service: string,
  account: string,
  options: RemoveOptions,
): Promise<AccountRemoveResult> {
  const id = namedAccount({ service, account }, app.options.profile)!;
  if (!await isThere(app, id)) {
    throw new VantageError("account_unknown", `There is no account '${service}/${account}'`, {
      hint: "`vantage account list` lists those there are",
    });
  }
  const question = `Remove ${describeAccount(id)} and its credentials?`;
  if (!options.yes && !await app.person.confirm(question, "--yes")) {
    return { id, outcome: undefined };
  }
  return { id, outcome: await app.forget(id) };
}

async function isThere(app: App, id: AccountId): Promise<boolean> {
  if ((await app.accounts()).some((each) => isSame(each, id))) return true;
  if (id.service === PROFILE_SERVICE) return (await app.profileNames()).includes(id.account);
  return await (await app.store(await app.account(id))).get(id) !== undefined;
}
