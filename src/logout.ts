import type { App } from "./app.ts";
import type { Profile } from "./config/profile.ts";
import { isVantageError } from "./errors.ts";
import { accountOf } from "./profiles.ts";
import { lockAccount } from "./tokens/account_lock.ts";
import type { Credentials, Session } from "./tokens/session.ts";
import { decodeCredentials, encodeCredentials } from "./tokens/session.ts";

/** One request of a revocation may take this long: others wait for the lock meanwhile. */
const REQUEST_TIMEOUT_MS = 15_000;

export interface LogoutOptions {
  /** Do not tell the provider. */
  readonly keepRemote: boolean;
  /** Keep what is not of the session: the client secret. */
  readonly keepClient: boolean;
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
  profile: Profile,
  options: LogoutOptions,
): Promise<LogoutOutcome> {
  const id = accountOf(profile);
  const store = app.store(profile);
  if (!await savedCredentials(app, profile)) return { wasLoggedIn: false, revoked: undefined };

  // Held from the look to the end: a refresh in between would leave a token that nobody revokes.
  await using lock = await lockAccount({ store, clock: app.system.clock, id }, "write", {
    signal: app.interrupted,
  });
  const { session, clientSecret } = await savedCredentials(app, profile) ?? {};
  const notRevoked = session && !options.keepRemote
    ? await revocationFailure(app, profile, session)
    : undefined;
  if (options.keepClient && clientSecret) {
    await lock.set(encodeCredentials({ clientSecret }), "any");
  } else await lock.delete("any");
  return {
    wasLoggedIn: session !== undefined,
    revoked: session && !options.keepRemote ? notRevoked === undefined : undefined,
    ...(notRevoked !== undefined && { notRevoked }),
  };
}

/** What is saved, undefined when nothing is. */
async function savedCredentials(app: App, profile: Profile): Promise<Credentials | undefined> {
  const id = accountOf(profile);
  try {
    const saved = await app.store(profile).get(id);
    return saved && decodeCredentials(id, saved.fields);
  } catch (error) {
    // Nothing in it can be revoked, but a person who logs out wants it gone.
    if (isVantageError(error, "store_corrupt", "store_insecure")) return {};
    throw error;
  }
}

async function revocationFailure(
  app: App,
  profile: Profile,
  session: Session,
): Promise<string | undefined> {
  const { revoke } = await import("./oauth/revoke.ts");
  try {
    const server = await app.server(profile, { timeoutMs: REQUEST_TIMEOUT_MS });
    if (server.as.issuer !== session.grant.issuer && profile.settings.issuer) {
      return "the session is of another issuer than the settings now name";
    }
    await revoke(server, session, app.interrupted);
    return undefined;
  } catch (error) {
    if (isVantageError(error) && error.code !== "interrupted") return error.message;
    throw error;
  }
}
