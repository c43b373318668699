import type { App } from "../app.ts";
import type { Account, AccountId } from "../config/account.ts";
import type { NamedAccount } from "../config/account_name.ts";
import type { HelperEntry } from "../config/helper_tables.ts";
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
  /** Entries tell by the path, which was not told. */
  | { readonly kind: "pathless" }
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
  const found: Account[] = [];
  const serves = new Map<string, boolean>();
  for (const id of await app.accounts()) {
    const { definition } = await accountOf(app, id);
    const key = `${definition.kind} ${definition.name}`;
    if (!serves.has(key)) serves.set(key, servesHost(await accountOf(app, id), asked));
    if (serves.get(key)) found.push(await accountOf(app, id));
  }
  const [only] = found;
  const meant = found.find(({ id }) => id.account === username) ??
    (found.length === 1 ? only : undefined);
  if (meant) return { kind: "account", account: meant, appointed: false };
  return found.length === 0
    ? { kind: "none" }
    : { kind: "several", ids: found.map(({ id }) => id) };
}
