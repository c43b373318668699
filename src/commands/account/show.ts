import type { App } from "../../app.ts";
import type { AccountEntry } from "../../config/accounts_file.ts";
import { isSame } from "../../config/accounts_file.ts";
import { namedAccount } from "../../config/account_name.ts";
import { VantageError } from "../../errors.ts";
import type { AccountStatus } from "../account_status.ts";
import { statusOf } from "../account_status.ts";

export interface AccountShowResult {
  readonly status: AccountStatus;
  /** What the list of accounts says of it. */
  readonly entry: AccountEntry | undefined;
}

/** `vantage account show SERVICE ACCOUNT`: all that is known of an account, without network. */
export async function accountShow(
  app: App,
  service: string,
  name: string,
): Promise<AccountShowResult> {
  const id = namedAccount({ service, account: name }, app.options.profile)!;
  const account = await app.account(id);
  const entry = (await app.accounts()).find((each) => isSame(each, id));
  const status = await statusOf(app, account, false);
  if (!entry && status.state === "logged out") {
    throw new VantageError("account_unknown", `There is no account '${service}/${name}'`, {
      hint: `Add it with \`vantage account add ${service} ${name}\`; ` +
        "`vantage account list` lists those there are",
    });
  }
  return { status, entry };
}
