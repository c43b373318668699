import type { App } from "../app.ts";
import type { LoginOptions } from "../login.ts";
import { idTokenPersona } from "../tokens/identity.ts";
import type { Persona } from "../tokens/persona.ts";

export interface LoginCommandOptions extends LoginOptions {
  readonly flow?: string;
  readonly scope?: readonly string[];
}

export interface LoginResult {
  readonly profile: string;
  /** There was a session, and it is good. */
  readonly already: boolean;
  readonly persona: Persona | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly refreshable: boolean;
  readonly scopes: readonly string[];
  readonly store: string;
}

/** `vantage login`: makes sure that the profile has a session. */
export async function login(app: App, options: LoginCommandOptions): Promise<LoginResult> {
  const { flow, scope, ...rest } = options;
  const profile = await app.profile({ flow, scopes: scope });
  const { session, already } = await app.login(profile, rest);
  return {
    profile: profile.name,
    already,
    persona: idTokenPersona(session),
    expiresAt: session.expiresAt,
    refreshable: session.refreshToken !== undefined,
    scopes: session.scopes ?? session.grant.scopes,
    store: app.store(profile).name,
  };
}
