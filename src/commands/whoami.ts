import type { App } from "../app.ts";
import type { Profile } from "../config/profile.ts";
import { isVantageError, VantageError } from "../errors.ts";
import { idTokenPersona } from "../tokens/identity.ts";
import type { Persona } from "../tokens/persona.ts";
import { persona } from "../tokens/persona.ts";
import type { AccessToken } from "../tokens/source.ts";

export interface WhoamiResult extends Persona {
  readonly profile: string;
  readonly client: string | undefined;
  readonly issuer: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
}

/**
 * `vantage whoami`: who the session belongs to, from its ID token, else from the UserInfo
 * endpoint. Throws `not_supported` where neither is to be had.
 */
export async function whoami(app: App): Promise<WhoamiResult> {
  const profile = await app.profile();
  const token = await app.tokenSource(profile).token();
  const session = app.usesEnvironmentToken() ? undefined : await app.savedSession(profile);
  const known = session && idTokenPersona(session);
  return {
    ...(known ?? await askProvider(app, profile, token)),
    profile: profile.name,
    client: session?.grant.clientId ?? profile.settings.client_id?.value,
    issuer: session?.grant.issuer ?? profile.settings.issuer?.value,
    expiresAt: token.expiresAt,
  };
}

async function askProvider(app: App, profile: Profile, token: AccessToken): Promise<Persona> {
  try {
    return persona(await app.userInfo(profile, token));
  } catch (error) {
    if (!isVantageError(error, "not_supported")) throw error;
    const message = `The session of '${profile.name}' does not say whose it is`;
    const hint = "Add 'openid' to the profile's scopes and log in again";
    throw new VantageError("not_supported", message, { hint, cause: error });
  }
}
