import type { LoginResult } from "../commands/login.ts";
import { accountJson, accountName } from "./account_name.ts";
import { fields } from "./fields.ts";
import { NEVER } from "../never.ts";
import { relative, rfc3339 } from "./time.ts";
import type { View } from "./view.ts";

/** `vantage login`: who is logged in now, and until when. */
export const loginView: View<LoginResult> = {
  text(result, context) {
    const { style, now } = context;
    const who = result.persona?.email ?? result.persona?.name ?? result.persona?.subject;
    const headline = result.already
      ? `Already logged in to ${accountName(result.id)} (--force logs in again)`
      : `${style.green("Logged in")} to ${accountName(result.id)}`;
    return headline + "\n" + fields({
      as: who,
      token: `expires ${relative(result.expiresAt, now)}` + refreshing(result),
      scopes: result.scopes.join(" ") || undefined,
      store: result.store,
    }, context);
  },
  json: (result) => ({
    ...accountJson(result.id),
    already_logged_in: result.already,
    subject: result.persona?.subject ?? null,
    email: result.persona?.email ?? null,
    expires_at: rfc3339(result.expiresAt),
    refreshable: result.refreshable,
    scopes: result.scopes,
    store: result.store,
  }),
};

const refreshing = ({ refreshable, expiresAt }: LoginResult) =>
  refreshable ? ", refreshed by itself" : expiresAt >= NEVER ? "" : ", not refreshable";
