/**
 * What each method does: the same as the command of its kind, whose code it calls and whose JSON
 * it answers with. Only tokens have a way of their own, because they are what is asked for often.
 */
import type { App } from "../app.ts";
import { accountList } from "../commands/account/list.ts";
import { accountRemove } from "../commands/account/remove.ts";
import { accountShow } from "../commands/account/show.ts";
import { addKey } from "../commands/account/add.ts";
import { VantageError } from "../errors.ts";
import { References } from "../references.ts";
import { accountListView, accountRemoveView, accountShowView } from "../render/account.ts";
import { rfc3339 } from "../render/time.ts";
import { tokenJson } from "../render/token.ts";
import { Secret } from "../secret.ts";
import type { AccountId } from "../store/store.ts";
import type { TokenRequest } from "../tokens/source.ts";
import type { KeptAccounts } from "./kept_accounts.ts";
import type { Keeper } from "./keeper.ts";
import type { Logins } from "./logins.ts";
import type { LoginStep, MethodName, Params, Result } from "./methods.ts";

/** Who asked. */
export interface Caller {
  /** Tells it something that it did not ask for; nothing happens when it has gone. */
  notify(method: string, params: object): void;
  /** Does not hang up on it before this has ended, however quiet it is. */
  stay(until: Promise<unknown>): void;
}

/** A function for each method. It throws `VantageError`. */
export type Handlers = {
  readonly [M in MethodName]: (params: Params<M>, caller: Caller) => Promise<Result<M>>;
};

/** What the methods work with. */
export interface HandlerParts {
  /** The settings as they are now. */
  readonly app: () => Promise<App>;
  readonly accounts: KeptAccounts;
  readonly keeper: Keeper;
  readonly logins: Logins;
  readonly status: () => Promise<Result<"status">>;
  /** Begins to stop. */
  readonly stop: () => void;
}

export function createHandlers(parts: HandlerParts): Handlers {
  const { accounts, keeper, logins } = parts;

  /** The token of an account, for a caller that has the same settings for it as we have. */
  const token = (
    { service, account, settings }: AccountId & { readonly settings?: string | undefined },
    request: TokenRequest,
  ) =>
    accounts.use({ service, account }, async (kept): Promise<Result<"get_token">> => {
      if (settings !== undefined && settings !== await kept.fingerprint()) throw differs();
      const { token, warning } = await kept.token(request);
      const json = tokenJson(token);
      return { ...json, token: json.access_token, ...(warning !== undefined && { warning }) };
    });

  return {
    get_token: ({ min_ttl, ...named }) =>
      token(named, min_ttl === undefined ? {} : { minTtlMs: min_ttl * 1000 }),
    refresh_token: ({ refused, ...named }) =>
      token(named, refused === undefined ? { force: true } : { refused: new Secret(refused) }),

    list_accounts: async ({ service }) =>
      accountListView.json(
        await accountList(await parts.app(), service ?? undefined),
      ) as Result<"list_accounts">,

    get_account: async ({ service, account }) =>
      accountShowView.json(
        await accountShow(await parts.app(), service, account),
      ) as Result<"get_account">,

    async add_account({ service, account, api_key, force = false, ...login }, caller) {
      const id = { service, account };
      if (api_key !== undefined) {
        const readKey = () => Promise.resolve(new Secret(api_key));
        await addKey(await parts.app(), id, readKey, { force });
        return { login_id: crypto.randomUUID(), ...id, state: "authorized" };
      }
      const { flow, scopes, timeout } = login;
      const options = { force, ...(timeout !== undefined && { timeoutMs: timeout * 1000 }) };
      const tell = (step: LoginStep) => caller.notify("login", step);
      const { first, done } = logins.begin({ id, flow, scopes, options }, tell);
      caller.stay(done);
      return await first;
    },

    async remove_account({ service, account }) {
      const result = await accountRemove(await parts.app(), service, account, { yes: true });
      keeper.consider({ service, account });
      return accountRemoveView.json(result) as Result<"remove_account">;
    },

    async resolve({ reference }) {
      if (!reference.startsWith("auth://")) {
        throw new VantageError("reference_invalid", "The daemon resolves auth:// references only", {
          hint: "Run `vantage resolve` for references to vals",
        });
      }
      return { value: (await new References(await parts.app()).resolve(reference)).expose() };
    },

    status: () => parts.status(),

    stop() {
      parts.stop();
      return Promise.resolve({ stopping: true as const });
    },
  };
}

/** The status's instants, null for what there is not. */
export const instantOrNull = (epochMs: number | undefined): string | null =>
  epochMs === undefined || !Number.isFinite(epochMs) ? null : rfc3339(epochMs);

const differs = () =>
  new VantageError("daemon_differs", "The daemon's settings of the account are not the caller's", {
    hint: "Leave out 'settings' to take the daemon's",
  });
