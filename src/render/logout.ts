import type { LogoutResult } from "../commands/logout.ts";
import { accountJson, accountName } from "./account_name.ts";
import { plainLine } from "./plain.ts";
import type { View } from "./view.ts";

/** `vantage logout`: what ended here, and what the provider could not be told. */
export const logoutView: View<LogoutResult> = {
  text({ accounts }, { style }) {
    if (accounts.length === 0) return "No account was logged in";
    return accounts.map(({ id, wasLoggedIn, notRevoked }) => {
      const name = accountName(id);
      if (!wasLoggedIn) return `${name[0]?.toUpperCase()}${name.slice(1)} was not logged in`;
      const done = `Logged out of ${name}`;
      return notRevoked === undefined
        ? done
        : `${done}\n${style.yellow("not revoked")} at the provider: ${plainLine(notRevoked)}`;
    }).join("\n");
  },
  json: ({ accounts }) => ({
    accounts: accounts.map(({ id, wasLoggedIn, revoked, notRevoked }) => ({
      ...accountJson(id),
      was_logged_in: wasLoggedIn,
      revoked: revoked ?? null,
      not_revoked_because: notRevoked ?? null,
    })),
  }),
};
