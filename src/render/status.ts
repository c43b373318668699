import type { AccountState, AccountStatus } from "../commands/account_status.ts";
import type { StatusResult } from "../commands/status.ts";
import type { Style } from "./style.ts";
import { accountJson, shortName } from "./account_name.ts";
import { relative, rfc3339 } from "./time.ts";
import type { View } from "./view.ts";

const PAINT: Record<AccountState, keyof Style> = {
  "logged in": "green",
  "refresh due": "green",
  "from VANTAGE_TOKEN": "green",
  "API key": "green",
  "logged out": "dim",
  "expired": "yellow",
  "changed": "yellow",
  "ended": "red",
  "unusable": "red",
};

/** `vantage status`: a row a profile. */
export const statusView: View<StatusResult> = {
  async text({ accounts, activeFrom, now }, context) {
    const { table } = await import("./table.ts");
    const rows = accounts.map((account) => [
      account.active ? "*" : "",
      shortName(account.id),
      { text: account.state, paint: context.style[PAINT[account.state]] },
      account.email ?? "",
      account.expiresAt === undefined ? "" : relative(account.expiresAt, now),
      yesNo(account.refreshable),
      account.store,
      account.detail ?? "",
    ]);
    const head = ["", "ACCOUNT", "STATE", "WHO", "TOKEN", "REFRESHABLE", "STORE", "NOTE"];
    return `${table(head, rows, context)}\n${context.style.dim(`* in use, from ${activeFrom}`)}`;
  },
  json: ({ accounts, activeFrom }) => ({
    active_from: activeFrom,
    accounts: accounts.map(accountStatusJson),
  }),
};

const yesNo = (value: boolean | undefined) => value === undefined ? "" : value ? "yes" : "no";

/** What is known of an account, for programs. */
export const accountStatusJson = (account: AccountStatus) => ({
  ...accountJson(account.id),
  active: account.active,
  state: account.state.replaceAll(" ", "_"),
  email: account.email ?? null,
  expires_at: account.expiresAt === undefined ? null : rfc3339(account.expiresAt),
  refreshable: account.refreshable ?? null,
  store: account.store,
  detail: account.detail ?? null,
});
