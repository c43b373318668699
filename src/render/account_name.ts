import type { AccountId } from "../config/account.ts";

const PROFILES = "vantage";

/** An account in a table: a profile by its name alone, others as SERVICE/ACCOUNT. */
export const shortName = ({ service, account }: AccountId): string =>
  service === PROFILES ? account : `${service}/${account}`;

/** An account in a sentence. */
export const accountName = (id: AccountId): string =>
  `${id.service === PROFILES ? "profile" : "account"} '${shortName(id)}'`;

/** An account in JSON: `profile` is null for what is none. */
export const accountJson = ({ service, account }: AccountId) => ({
  profile: service === PROFILES ? account : null,
  service,
  account,
});
