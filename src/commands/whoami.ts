import type { App } from "../app.ts";
import { idTokenPersona } from "../tokens/identity.ts";
import type { Persona } from "../tokens/persona.ts";
import { persona } from "../tokens/persona.ts";

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
    ...(known ?? persona(await app.userInfo(profile, token))),
    profile: profile.name,
    client: session?.grant.clientId ?? profile.settings.client_id?.value,
    issuer: session?.grant.issuer ?? profile.settings.issuer?.value,
    expiresAt: token.expiresAt,
  };
}
