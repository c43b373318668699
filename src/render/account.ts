import type { AccountAddResult } from "../commands/account/add.ts";
import type { AccountListResult } from "../commands/account/list.ts";
import type { AccountRemoveResult } from "../commands/account/remove.ts";
import type { AccountShowResult } from "../commands/account/show.ts";
import { accountJson, accountName, shortName } from "./account_name.ts";
import { fields } from "./fields.ts";
import { loginView } from "./login.ts";
import { logoutView } from "./logout.ts";
import { accountStatusJson } from "./status.ts";
import { relative } from "./time.ts";
import type { View } from "./view.ts";

export const accountAddView: View<AccountAddResult> = {
  text(result, context) {
    return result.kind === "session"
      ? loginView.text(result.login, context)
      : `Stored the API key of ${accountName(result.id)} in the store '${result.store}'`;
  },
  json: (result) =>
    result.kind === "session"
      ? loginView.json(result.login)
      : { ...accountJson(result.id), store: result.store },
};

export const accountListView: View<AccountListResult> = {
  async text({ accounts }, context) {
    const { table } = await import("./table.ts");
    const ago = (instant: string | undefined) =>
      instant === undefined ? "" : relative(Date.parse(instant), context.now);
    const rows = accounts.map(({ service, account, scopes, createdAt, lastUsed }) => [
      service,
      account,
      scopes.join(" "),
      ago(createdAt),
      ago(lastUsed),
    ]);
    return table(["SERVICE", "ACCOUNT", "SCOPES", "CREATED", "LAST USED"], rows, context);
  },
  json: ({ accounts }) => ({
    accounts: accounts.map(({ service, account, scopes, createdAt, lastUsed }) => ({
      service,
      account,
      scopes,
      created_at: createdAt ?? null,
      last_used: lastUsed ?? null,
    })),
  }),
};

export const accountShowView: View<AccountShowResult> = {
  text({ status, entry }, context) {
    const ago = (instant: string | undefined) =>
      instant === undefined ? undefined : relative(Date.parse(instant), context.now);
    return fields({
      account: shortName(status.id),
      state: status.state,
      note: status.detail,
      as: status.email,
      token: status.expiresAt === undefined
        ? undefined
        : `expires ${relative(status.expiresAt, context.now)}`,
      scopes: entry?.scopes.join(" ") || undefined,
      store: status.store,
      created: ago(entry?.createdAt),
      "last used": ago(entry?.lastUsed),
    }, context);
  },
  json: ({ status, entry }) => ({
    ...accountStatusJson(status),
    scopes: entry?.scopes ?? [],
    created_at: entry?.createdAt ?? null,
    last_used: entry?.lastUsed ?? null,
  }),
};

export const accountRemoveView: View<AccountRemoveResult> = {
  text({ id, outcome }, context) {
    if (!outcome) return `Kept ${accountName(id)}`;
    const ended = outcome.wasLoggedIn
      ? logoutView.text({ accounts: [{ id, ...outcome }] }, context) + "\n"
      : "";
    return `${ended}Removed ${accountName(id)}`;
  },
  json: ({ id, outcome }) => ({
    ...accountJson(id),
    removed: outcome !== undefined,
    revoked: outcome?.revoked ?? null,
    not_revoked_because: outcome?.notRevoked ?? null,
  }),
};
