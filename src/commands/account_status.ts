import type { App } from "../app.ts";
import type { Account, AccountId } from "../config/account.ts";
import { requireLoginSettings } from "../config/account.ts";
import { isVantageError } from "../errors.ts";
import { idTokenPersona } from "../tokens/identity.ts";
import type { TokenState } from "../tokens/state.ts";

export type AccountState =
  | "logged in"
  | "refresh due"
  | "expired"
  | "ended"
  | "changed"
  | "logged out"
  | "API key"
  | "unusable"
  | "from VANTAGE_TOKEN";

export interface AccountStatus {
  readonly id: AccountId;
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

/** What a command would find for an account now, without network. Never throws for its state. */
export async function statusOf(
  app: App,
  account: Account,
  active: boolean,
): Promise<AccountStatus> {
  const shared = { id: account.id, active, store: account.settings.store.value };
  const unknown = { email: undefined, expiresAt: undefined, refreshable: undefined };
  if (active && app.usesEnvironmentToken(account)) {
    return { ...shared, ...unknown, state: "from VANTAGE_TOKEN", detail: undefined };
  }
  try {
    const state = await (await app.tokenManager(account)).state();
    if (state.kind === "none") requireLoginSettings(account); // or a login could not mend it
    const session = "session" in state ? state.session : undefined;
    const facts = session
      ? {
        email: idTokenPersona(session)?.email,
        expiresAt: session.expiresAt,
        refreshable: session.refreshToken !== undefined,
      }
      : unknown;
    return { ...shared, ...facts, ...described(state) };
  } catch (error) {
    if (!isVantageError(error)) throw error;
    return { ...shared, ...unknown, state: "unusable", detail: error.message };
  }
}

/** A state for people, and why it is not the good one. */
function described(state: TokenState): Pick<AccountStatus, "state" | "detail"> {
  switch (state.kind) {
    case "fresh":
      return { state: "logged in", detail: undefined };
    case "key":
      return { state: "API key", detail: undefined };
    case "due":
      return { state: "refresh due", detail: "renewed at the next use" };
    case "expired":
      return { state: "expired", detail: "log in again" };
    case "ended":
      return { state: "ended", detail: state.reason };
    case "changed":
      return { state: "changed", detail: `${state.what} is no longer the same` };
    case "none":
      return { state: "logged out", detail: undefined };
  }
}
