import type { App } from "./app.ts";
import type { Profile } from "./config/profile.ts";
import { isVantageError } from "./errors.ts";
import { accountOf } from "./profiles.ts";
import { updateCredentials } from "./tokens/credential_update.ts";
import type { Session } from "./tokens/session.ts";
import { decodeCredentials } from "./tokens/session.ts";

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
  const session = await savedSession(app, profile);
  const notRevoked = session && !options.keepRemote
    ? await revocationFailure(app, profile, session)
    : undefined;
  if (session || (await store.get(id).catch(() => true))) {
    await updateCredentials(
      store,
      app.system.clock,
      id,
      ({ clientSecret }) => options.keepClient && clientSecret ? { clientSecret } : undefined,
    );
  }
  return {
    wasLoggedIn: session !== undefined,
    revoked: session && !options.keepRemote ? notRevoked === undefined : undefined,
    ...(notRevoked !== undefined && { notRevoked }),
  };
}

async function savedSession(app: App, profile: Profile): Promise<Session | undefined> {
  const id = accountOf(profile);
  try {
    return decodeCredentials(id, (await app.store(profile).get(id))?.fields).session;
  } catch (error) {
    // Nothing in it can be revoked, but a person who logs out wants it gone.
    if (isVantageError(error, "store_corrupt", "store_insecure")) return undefined;
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
    const server = await app.server(profile);
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
