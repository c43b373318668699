import type { LogoutResult } from "../commands/logout.ts";
import { plainLine } from "./plain.ts";
import type { View } from "./view.ts";

/** `vantage logout`: what ended here, and what the provider could not be told. */
export const logoutView: View<LogoutResult> = {
  text({ accounts }, { style }) {
    if (accounts.length === 0) return "No profile was logged in";
    return accounts.map(({ profile, wasLoggedIn, notRevoked }) => {
      if (!wasLoggedIn) return `Profile '${profile}' was not logged in`;
      const done = `Logged out of profile '${profile}'`;
      return notRevoked === undefined
        ? done
        : `${done}\n${style.yellow("not revoked")} at the provider: ${plainLine(notRevoked)}`;
    }).join("\n");
  },
  json: ({ accounts }) => ({
    accounts: accounts.map(({ profile, wasLoggedIn, revoked, notRevoked }) => ({
      profile,
      was_logged_in: wasLoggedIn,
      revoked: revoked ?? null,
      not_revoked_because: notRevoked ?? null,
    })),
  }),
};
