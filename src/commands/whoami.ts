import type { App } from "../app.ts";
import type { Account, AccountId } from "../config/account.ts";
import type { NamedAccount } from "../config/account_name.ts";
import { describeAccount } from "../config/account_name.ts";
import { isVantageError, VantageError } from "../errors.ts";
import { claimAt, idTokenPersona } from "../tokens/identity.ts";
import type { Persona } from "../tokens/persona.ts";
import { persona } from "../tokens/persona.ts";
import type { AccessToken } from "../tokens/source.ts";

export interface WhoamiResult extends Persona {
  readonly id: AccountId;
  /** The provider's own id of the account, where a claim has it. */
  readonly providerAccount: string | undefined;
  readonly client: string | undefined;
  readonly issuer: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
}

/**
 * `vantage whoami`: who the session belongs to, from its ID token, else from the UserInfo
 * endpoint. Throws `not_supported` where neither is to be had.
 */
export async function whoami(app: App, named: NamedAccount): Promise<WhoamiResult> {
  const account = await app.target(named);
  const token = await (await app.tokenSource(account)).token();
  const session = app.usesEnvironmentToken(account) ? undefined : await app.savedSession(account);
  const known = session && idTokenPersona(session);
  const { settings, id } = account;
  return {
    ...(known ?? await askProvider(app, account, token)),
    id,
    providerAccount: session && settings.account_claim &&
      claimAt(session, settings.account_claim.value),
    client: session?.grant.clientId ?? settings.client_id?.value,
    issuer: session?.grant.issuer ?? settings.issuer?.value,
    expiresAt: token.expiresAt,
  };
}

async function askProvider(app: App, account: Account, token: AccessToken): Promise<Persona> {
  try {
    return persona(await app.userInfo(account, token));
  } catch (error) {
    if (!isVantageError(error, "not_supported")) throw error;
    const message = `The session of ${describeAccount(account.id)} does not say whose it is`;
    const hint = account.definition.kind === "profile"
      ? "Add 'openid' to the profile's scopes and log in again"
      : "Ask the provider's API with `vantage token`, if it has one for that";
    throw new VantageError("not_supported", message, { hint, cause: error });
  }
}
