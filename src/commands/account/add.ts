import type { App } from "../../app.ts";
import type { AccountId } from "../../config/account.ts";
import { describeAccount, namedAccount } from "../../config/account_name.ts";
import { VantageError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import type { TokenState } from "../../tokens/state.ts";
import type { LoginCommandOptions, LoginResult } from "../login.ts";
import { login } from "../login.ts";
import { readSecret } from "../secret_input.ts";

export interface AddOptions extends LoginCommandOptions {
  /** `-` reads a static API key from stdin, true asks for it; without it a login begins. */
  readonly apiKey?: string | true | undefined;
}

export type AccountAddResult =
  | { readonly kind: "session"; readonly login: LoginResult }
  | { readonly kind: "key"; readonly id: AccountId; readonly store: string };

/**
 * `vantage account add SERVICE ACCOUNT`: an account by a login of any flow, or with a static API
 * key. Throws `account_exists` where one would take the other's place, `usage`, and what a login
 * throws.
 */
export async function accountAdd(
  app: App,
  service: string,
  account: string,
  { apiKey, ...options }: AddOptions,
): Promise<AccountAddResult> {
  const id = namedAccount({ service, account }, app.options.profile)!;
  if (apiKey === undefined) return { kind: "session", login: await login(app, id, options) };
  const readKey = () =>
    readSecret(app, apiKey === true ? undefined : apiKey, {
      name: "--api-key",
      question: `API key of '${service}/${account}'`,
      command: `vantage account add ${service} ${account} --api-key -`,
      instead: "Give `--api-key -`, and the key on stdin",
    });
  return { kind: "key", id, store: await addKey(app, id, readKey, options) };
}

/**
 * Stores an account's API key, which `readKey` gives, and returns the name of the store. Throws
 * `account_exists` where it would take the place of something else.
 */
export async function addKey(
  app: App,
  id: AccountId,
  readKey: () => Promise<Secret>,
  { force = false }: { readonly force?: boolean },
): Promise<string> {
  const account = await app.account(id);
  const { kind } = await (await app.tokenManager(account)).state();
  if (!mayTakeKey(kind, force)) throw exists(id, kind);
  await app.saveApiKey(account, await readKey());
  return (await app.stores.ofSecrets(account)).name;
}

/** A session is never replaced by a key, nor a key without being told so. */
const mayTakeKey = (kind: TokenState["kind"], force: boolean) =>
  kind === "none" || kind === "ended" || kind === "key" && force;

function exists({ service, account }: AccountId, kind: TokenState["kind"]): VantageError {
  const what = kind === "key" ? "has an API key already" : "has a session";
  return new VantageError(
    "account_exists",
    `Cannot add ${describeAccount({ service, account })}: it ${what}`,
    {
      hint: kind === "key"
        ? "Give --force to replace the key"
        : `Remove it first with \`vantage account remove ${service} ${account}\``,
    },
  );
}
