import type { App } from "../app.ts";
import { isVantageError } from "../errors.ts";
import { idTokenPersona } from "../tokens/identity.ts";

export type AccountState =
  | "logged in"
  | "refresh due"
  | "expired"
  | "ended"
  | "changed"
  | "logged out"
  | "unusable"
  | "from VANTAGE_TOKEN";

export interface AccountStatus {
  readonly profile: string;
  readonly active: boolean;
  readonly state: AccountState;
  /** Why, where the state is not the good one. */
  readonly detail: string | undefined;
  readonly email: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
  readonly refreshable: boolean | undefined;
  readonly store: string;
}

export interface StatusResult {
  readonly accounts: readonly AccountStatus[];
  /** Where the choice of the active profile comes from. */
  readonly activeFrom: string;
  /** When it was looked at (epoch milliseconds). */
  readonly now: number;
}

/** `vantage status`: what a command would find for every profile, without network. */
export async function status(app: App): Promise<StatusResult> {
  const active = await app.profile();
  const accounts: AccountStatus[] = [];
  for (const name of await app.profileNames()) {
    accounts.push(await statusOf(app, name, name === active.name));
  }
  return {
    accounts,
    activeFrom: await app.describeSource(active.nameSource),
    now: app.system.clock.now(),
  };
}

async function statusOf(app: App, name: string, active: boolean): Promise<AccountStatus> {
  const profile = await app.profileNamed(name);
  const shared = { profile: name, active, store: profile.settings.store.value };
  const unknown = { email: undefined, expiresAt: undefined, refreshable: undefined };
  if (active && app.usesEnvironmentToken()) {
    return { ...shared, ...unknown, state: "from VANTAGE_TOKEN", detail: undefined };
  }
  try {
    const state = await app.tokenManager(profile).state();
    const session = "session" in state ? state.session : undefined;
    const facts = session
      ? {
        email: idTokenPersona(session)?.email,
        expiresAt: session.expiresAt,
        refreshable: session.refreshToken !== undefined,
      }
      : unknown;
    switch (state.kind) {
      case "fresh":
        return { ...shared, ...facts, state: "logged in", detail: undefined };
      case "due":
        return { ...shared, ...facts, state: "refresh due", detail: "renewed at the next use" };
      case "expired":
        return { ...shared, ...facts, state: "expired", detail: "log in again" };
      case "ended":
        return { ...shared, ...facts, state: "ended", detail: state.reason };
      case "changed":
        return {
          ...shared,
          ...facts,
          state: "changed",
          detail: `${state.what} is no longer the same`,
        };
      case "none":
        return { ...shared, ...facts, state: "logged out", detail: undefined };
    }
  } catch (error) {
    if (!isVantageError(error)) throw error;
    return { ...shared, ...unknown, state: "unusable", detail: error.message };
  }
}
