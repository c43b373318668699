import type { App } from "../../app.ts";
import type { AccountId } from "../../config/account.ts";
import { describeAccount, namedAccount } from "../../config/account_name.ts";
import { VantageError } from "../../errors.ts";
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
  const target = await app.account(id);
  const { kind } = await (await app.tokenManager(target)).state();
  if (!mayTakeKey(kind, options)) throw exists(id, kind);
  const key = await readSecret(app, apiKey === true ? undefined : apiKey, {
    name: "--api-key",
    question: `API key of '${service}/${account}'`,
    command: `vantage account add ${service} ${account} --api-key -`,
    instead: "Give `--api-key -`, and the key on stdin",
  });
  await app.saveApiKey(target, key);
  return { kind: "key", id, store: (await app.stores.ofSecrets(target)).name };
}

/** A session is never replaced by a key, nor a key without being told so. */
const mayTakeKey = (kind: TokenState["kind"], { force = false }: AddOptions) =>
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
