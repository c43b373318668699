import type { App } from "../../app.ts";
import type { AccountEntry } from "../../config/accounts_file.ts";

export interface AccountListResult {
  readonly accounts: readonly AccountEntry[];
}

/** `vantage account list`: the accounts there are, from the list alone: no store is opened. */
export async function accountList(
  app: App,
  service: string | undefined,
): Promise<AccountListResult> {
  const accounts = await app.accounts();
  return {
    accounts: service === undefined
      ? accounts
      : accounts.filter((entry) => entry.service === service),
  };
}
