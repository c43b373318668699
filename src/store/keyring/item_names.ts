import { decodeName, encodeName } from "../lock_files.ts";
import type { AccountId } from "../store.ts";

/** What every name of ours starts with. */
export const NAMESPACE = "vantage";

/** What an account's items are named after: `vantage/SERVICE/ACCOUNT`. */
export function groupOf(id: AccountId): string {
  // Encoded as file names are: Windows does not tell capital letters apart here either.
  return `${NAMESPACE}/${encodeName(id.service)}/${encodeName(id.account)}`;
}

/** The item that holds an account's credentials, or says which items do. */
export const credentialsItem = (id: AccountId): string => `${groupOf(id)}/credentials`;

/** The account whose {@link credentialsItem} is `name`; undefined for any other item. */
export function accountOf(name: string): AccountId | undefined {
  const [namespace, service, account, kind, ...rest] = name.split("/");
  const isCredentials = namespace === NAMESPACE && kind === "credentials" && rest.length === 0;
  if (!isCredentials || !service || !account) return undefined;
  return { service: decodeName(service), account: decodeName(account) };
}

/** The {@link groupOf} that an item belongs to. */
export const groupOfItem = (name: string): string => name.split("/").slice(0, 3).join("/");
