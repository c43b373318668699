import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import type { Secret } from "../secret.ts";
import { updateCredentials } from "../tokens/credential_update.ts";

/**
 * Keeps a password that a tool was given as the account's API key, with its user name. The
 * caller has made sure that it takes no session's place. Throws `store_…`, `lock_timeout`.
 */
export async function keepKey(
  app: App,
  account: Account,
  apiKeyUser: string,
  apiKey: Secret,
): Promise<void> {
  const store = await app.stores.ofSecrets(account);
  await updateCredentials(
    store,
    app.system.clock,
    account.id,
    (kept) => kept.session ? kept : { ...kept, apiKey, apiKeyUser },
  );
  await app.list.note(account.id, []);
}

/** Removes a key that a tool had us keep; false for one that came by another way. */
export async function dropKey(app: App, account: Account): Promise<boolean> {
  const store = await app.stores.ofSecrets(account);
  let dropped = false;
  await updateCredentials(store, app.system.clock, account.id, (kept) => {
    const { apiKey, apiKeyUser, ...rest } = kept;
    dropped = apiKey !== undefined && apiKeyUser !== undefined;
    return dropped ? rest : kept;
  });
  return dropped;
}
