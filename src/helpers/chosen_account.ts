import type { App } from "../app.ts";
import type { Account, AccountId } from "../config/account.ts";
import { PROFILE_SERVICE } from "../config/account.ts";
import { isSame } from "../config/accounts_file.ts";
import type { NamedAccount } from "../config/account_name.ts";
import type { HelperEntry } from "../config/helper_tables.ts";
import { isVantageError } from "../errors.ts";
import type { Place } from "./place.ts";
import { entryFor, placeOf } from "./place.ts";

/** What the line that sets a helper up says of accounts. */
export interface HelperSetup extends NamedAccount {
  /** Places that the named account, or the profile, is for: `HOST[:PORT][/PATH]`. */
  readonly hosts?: readonly string[] | undefined;
}

/** Whose credential a place gets. Where none is found, the tool is to go on without us. */
export type Choice =
  /** `appointed`: by the command line or the settings, not merely found to fit. */
  | { readonly kind: "account"; readonly account: Account; readonly appointed: boolean }
  | { readonly kind: "none" }
  /** The account that the command line names is for other places. */
  | { readonly kind: "elsewhere"; readonly account: Account }
  /** Several accounts fit, and nothing says which. */
  | { readonly kind: "several"; readonly ids: readonly AccountId[] };

/**
 * The account that the command line names, for the places it may be used at; undefined where it
 * names none. A helper is asked for every host that its tool meets, and whoever has a person
 * clone from `evil.example` must not get a token for it: so a name alone is not enough.
 */
export async function namedChoice(
  app: App,
  { hosts = [], ...named }: HelperSetup,
  entries: readonly HelperEntry[],
  asked: Place,
): Promise<Choice | undefined> {
  const isNamed = named.service !== undefined || app.options.profile !== undefined;
  if (!isNamed && hosts.length === 0) return undefined;
  const account = await app.target(named);
  const own = entries.filter(({ id }) => isSame(id, account.id));
  const places = [
    ...hosts.map((place) => ({ place })),
    ...own,
    ...(account.settings.git_hosts?.value ?? []).map((place) => ({ place })),
  ];
  return entryFor(places, asked)
    ? { kind: "account", account, appointed: true }
    : { kind: "elsewhere", account };
}

/** The account that an entry of the settings names for the place, undefined where none does. */
export async function entryChoice(
  app: App,
  entries: readonly HelperEntry[],
  asked: Place,
): Promise<Choice | undefined> {
  const entry = entryFor(entries, asked);
  return entry && { kind: "account", account: await app.account(entry.id), appointed: true };
}

/**
 * Among the accounts of providers whose `git_hosts` have the host: the one named like the user
 * that was asked for, else the only one.
 */
export async function hostChoice(
  app: App,
  asked: Place,
  username: string | undefined,
): Promise<Choice> {
  const found: AccountId[] = [];
  const byTable = Map.groupBy(
    await app.accounts(),
    ({ service, account }) =>
      service === PROFILE_SERVICE ? `profile ${account}` : `provider ${service}`,
  );
  for (const [first, ...more] of byTable.values()) {
    if (first && await servesHost(app, first, asked)) found.push(first, ...more);
  }
  const meant = found.find(({ account }) => account === username) ??
    (found.length === 1 ? found[0] : undefined);
  if (meant) return { kind: "account", account: await app.account(meant), appointed: false };
  return found.length === 0 ? { kind: "none" } : { kind: "several", ids: found };
}

/** Whether the settings of the account's provider name the host. Its other accounts have the same. */
async function servesHost(app: App, { service, account }: AccountId, asked: Place) {
  try {
    const { settings } = await app.account({ service, account });
    return settings.git_hosts?.value.some((host) => placeOf(host).host === asked.host) ?? false;
  } catch (error) {
    // The list outlives a profile that was removed from the settings by hand.
    if (isVantageError(error, "profile_unknown")) return false;
    throw error;
  }
}
