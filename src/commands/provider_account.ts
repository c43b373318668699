import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import { PROFILE_SERVICE, unknownProvider } from "../config/account.ts";
import { nameProblem } from "../config/names.ts";
import { DEFAULT_PROFILE } from "../config/shipped.ts";
import { VantageError } from "../errors.ts";

/** A provider as its accounts would see it; that of the profiles as the shipped profile does. */
export function providerAccount(app: App, name: string): Promise<Account> {
  return app.account({
    service: name,
    account: name === PROFILE_SERVICE ? DEFAULT_PROFILE : "_provider",
  });
}

/** The same for one that has to be there. Throws `provider_unknown`. */
export async function knownProvider(app: App, name: string): Promise<Account> {
  const account = await providerAccount(app, name);
  if (!account.definition.exists) throw unknownProvider(name);
  return account;
}

/** Throws `usage` unless a provider may have this name. */
export function requireProviderName(name: string): void {
  const wrong = nameProblem(name);
  if (wrong !== undefined) throw new VantageError("usage", `Provider name '${name}' ${wrong}`);
}
