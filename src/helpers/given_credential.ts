import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import { describeAccount } from "../config/account_name.ts";
import { VantageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { savedCredentials } from "../tokens/saved_credentials.ts";
import type { Credentials } from "../tokens/session.ts";
import type { AccessToken } from "../tokens/source.ts";
import { isRefused } from "./refused_token.ts";

/** What an account gives a tool that asks for a user name and a password. */
export interface GivenCredential {
  readonly username: string;
  readonly password: Secret;
  /** Epoch milliseconds; undefined for what has no end. */
  readonly expiresAt: number | undefined;
  /** The user whom a static key belongs to; a session's token goes with any name. */
  readonly owner: string | undefined;
}

/**
 * The account's token, or its API key, as user name and password. A token that a server refused
 * is renewed first. Throws `not_supported` for a token that its holder has to prove, and what
 * the token source throws.
 */
export async function givenCredential(app: App, account: Account): Promise<GivenCredential> {
  const force = await isRefused(app, account);
  const token = requireBearer(
    await (await app.tokenSource(account)).token({ ...(force && { force }) }),
    account,
  );
  const { apiKey, apiKeyUser } = token.expiresAt === undefined ? await keptKey(app, account) : {};
  const owner = apiKey?.equals(token.value) ? apiKeyUser : undefined;
  return {
    username: owner ?? account.settings.git_username.value,
    password: token.value,
    expiresAt: token.expiresAt,
    owner,
  };
}

/** Throws `not_supported` for a token that is of no use without our key (RFC 9449). */
export function requireBearer(token: AccessToken, account: Account): AccessToken {
  if (token.type === "Bearer") return token;
  throw new VantageError(
    "not_supported",
    `The token of ${describeAccount(account.id)} is bound to a key, which other tools cannot use`,
    { hint: "Set 'dpop' to false for an account that other tools use, then log in again" },
  );
}

/** The account's API key with its user, from the store that has it. Throws `store_…`. */
export async function keptKey(
  app: App,
  account: Account,
): Promise<Pick<Credentials, "apiKey" | "apiKeyUser">> {
  const beside = await savedCredentials(await app.store(account), account.id);
  if (beside.apiKey) return beside;
  return await savedCredentials(await app.stores.ofSecrets(account), account.id);
}
