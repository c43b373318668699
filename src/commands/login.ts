import type { App } from "../app.ts";
import type { AccountId } from "../config/account.ts";
import type { NamedAccount } from "../config/account_name.ts";
import type { LoginOptions } from "../login.ts";
import { idTokenPersona } from "../tokens/identity.ts";
import type { Persona } from "../tokens/persona.ts";

export interface LoginCommandOptions extends LoginOptions {
  readonly flow?: string;
  readonly scope?: readonly string[];
}

export interface LoginResult {
  readonly id: AccountId;
  /** There was a session, and it is good. */
  readonly already: boolean;
  readonly persona: Persona | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly refreshable: boolean;
  readonly scopes: readonly string[];
  readonly store: string;
}

/** `vantage login`: makes sure that the account has a session. */
export async function login(
  app: App,
  named: NamedAccount,
  options: LoginCommandOptions,
): Promise<LoginResult> {
  const { flow, scope, ...rest } = options;
  const account = await app.target(named, { flow, scopes: scope });
  const { session, already } = await app.login(account, rest);
  return {
    id: account.id,
    already,
    persona: idTokenPersona(session),
    expiresAt: session.expiresAt,
    refreshable: session.refreshToken !== undefined,
    scopes: session.scopes ?? session.grant.scopes,
    store: (await app.store(account)).name,
  };
}
