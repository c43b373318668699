import type { App } from "../app.ts";
import { isSame } from "../config/accounts_file.ts";
import type { AccountStatus } from "./account_status.ts";
import { statusOf } from "./account_status.ts";

export interface StatusResult {
  readonly accounts: readonly AccountStatus[];
  /** Where the choice of the active profile comes from. */
  readonly activeFrom: string;
  /** When it was looked at (epoch milliseconds). */
  readonly now: number;
}

/** So many accounts are looked at together: a store answers one at a time slowly. */
const TOGETHER = 32;

/** `vantage status`: what a command would find for every profile and account, without network. */
export async function status(app: App): Promise<StatusResult> {
  const active = await app.profile();
  const ids = await app.everyAccount();
  const accounts: AccountStatus[] = [];
  for (let at = 0; at < ids.length; at += TOGETHER) {
    const some = ids.slice(at, at + TOGETHER);
    accounts.push(
      ...await Promise.all(
        some.map(async (id) => statusOf(app, await app.account(id), isSame(id, active.id))),
      ),
    );
  }
  return {
    accounts,
    activeFrom: await app.describeSource(active.nameSource),
    now: app.system.clock.now(),
  };
}
