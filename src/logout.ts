import { grantOf } from "./accounts.ts";
import type { App } from "./app.ts";
import type { Account } from "./config/account.ts";
import { isVantageError } from "./errors.ts";
import type { AccountLock, Store } from "./store/store.ts";
import { lockAccount } from "./tokens/account_lock.ts";
import type { Credentials, Session } from "./tokens/session.ts";
import { decodeCredentials, encodeCredentials } from "./tokens/session.ts";

/** One request of a revocation may take this long: others wait for the lock meanwhile. */
const REQUEST_TIMEOUT_MS = 15_000;

export interface LogoutOptions {
  /** Do not tell the provider. */
  readonly keepRemote: boolean;
  /** Keep what is not of the session: client secret and API key. */
  readonly keepSecrets: boolean;
}

export interface LogoutOutcome {
  readonly wasLoggedIn: boolean;
  /** Whether the provider revoked the tokens; undefined where it was not asked. */
  readonly revoked: boolean | undefined;
  /** Why the provider did not revoke them. */
  readonly notRevoked?: string;
}

/**
 * Revokes a session at the provider and removes it here. Works offline: what could not be
 * revoked is said in the outcome, and the local session is removed all the same.
 */
export async function logOut(
  app: App,
  account: Account,
  options: LogoutOptions,
): Promise<LogoutOutcome> {
  const store = await app.store(account);
  const outcome = await endSession(app, account, store, options);
  if (!options.keepSecrets) await removeSecrets(app, account, store);
  return outcome;
}

async function endSession(
  app: App,
  account: Account,
  store: Store,
  options: LogoutOptions,
): Promise<LogoutOutcome> {
  const { id } = account;
  if (!await savedCredentials(store, id)) return { wasLoggedIn: false, revoked: undefined };

  // Held from the look to the end: a refresh in between would leave a token that nobody revokes.
  await using lock = await lockAccount({ store, clock: app.system.clock, id }, "write", {
    signal: app.interrupted,
  });
  const { session, ...secrets } = await savedCredentials(store, id) ?? {};
  const notRevoked = session && !options.keepRemote
    ? await revocationFailure(app, account, session)
    : undefined;
  await keepOnly(lock, options.keepSecrets ? staticOnly(secrets) : {});
  return {
    wasLoggedIn: session !== undefined,
    revoked: session && !options.keepRemote ? notRevoked === undefined : undefined,
    ...(notRevoked !== undefined && { notRevoked }),
  };
}

/** What of an account is not of its session. */
function staticOnly({ clientSecret, apiKey, apiKeyUser }: Credentials): Credentials {
  return {
    ...(clientSecret && { clientSecret }),
    ...(apiKey && { apiKey }),
    ...(apiKeyUser !== undefined && { apiKeyUser }),
  };
}

async function keepOnly(lock: AccountLock, kept: Credentials): Promise<void> {
  if (Object.keys(kept).length > 0) await lock.set(encodeCredentials(kept), "any");
  else await lock.delete("any");
}

/** What the account has in another store than its tokens. */
async function removeSecrets(app: App, { id, ...account }: Account, tokens: Store): Promise<void> {
  const store = await app.stores.ofSecrets({ id, ...account });
  if (store.name === tokens.name || !await store.get(id)) return;
  await using lock = await lockAccount({ store, clock: app.system.clock, id }, "write", {
    signal: app.interrupted,
  });
  await lock.delete("any");
}

/** What is saved, undefined when nothing is. */
async function savedCredentials(
  store: Store,
  id: Account["id"],
): Promise<Credentials | undefined> {
  try {
    const saved = await store.get(id);
    return saved && decodeCredentials(id, saved.fields);
  } catch (error) {
    // Nothing in it can be revoked, but a person who logs out wants it gone.
    if (isVantageError(error, "store_corrupt", "store_insecure")) return {};
    throw error;
  }
}

async function revocationFailure(
  app: App,
  account: Account,
  session: Session,
): Promise<string | undefined> {
  const { revoke } = await import("./oauth/revoke.ts");
  try {
    // Before any request: another provider must not see these tokens.
    if (grantOf(account).issuer !== session.grant.issuer) {
      return "the session is of another issuer than the settings now name";
    }
    const server = await app.server(account, { timeoutMs: REQUEST_TIMEOUT_MS });
    await revoke(server, session, app.interrupted);
    return undefined;
  } catch (error) {
    if (isVantageError(error) && error.code !== "interrupted") return error.message;
    throw error;
  }
}
