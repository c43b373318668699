import type { App } from "../app.ts";
import type { AccountId } from "../config/account.ts";
import type { NamedAccount } from "../config/account_name.ts";

export interface RefreshResult {
  readonly id: AccountId;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
}

/** `vantage refresh`: renews the token whether or not that is due. */
export async function refresh(app: App, named: NamedAccount): Promise<RefreshResult> {
  const account = await app.target(named);
  const { expiresAt } = await (await app.tokenSource(account)).token({ force: true });
  return { id: account.id, expiresAt };
}
