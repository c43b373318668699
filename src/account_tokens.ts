import type { AccountList } from "./account_list.ts";
import { grantOf, isUnattended } from "./accounts.ts";
import type { Account } from "./config/account.ts";
import type { Paths } from "./config/paths.ts";
import type { Person } from "./person.ts";
import type { Providers } from "./providers.ts";
import { Secret } from "./secret.ts";
import type { StaticSecrets } from "./static_secrets.ts";
import type { AccountId } from "./store/store.ts";
import type { Stores } from "./stores.ts";
import type { System } from "./system.ts";
import { FileError } from "./system.ts";
import type { TokenManagerParts } from "./tokens/manager.ts";
import { TokenManager } from "./tokens/manager.ts";
import type { TokenSource } from "./tokens/source.ts";
import { environmentToken, loginOnDemand } from "./tokens/sources.ts";

interface TokensParts {
  readonly system: System;
  readonly person: Person;
  readonly interrupted: AbortSignal;
  readonly paths: () => Paths;
  readonly stores: Stores;
  readonly secrets: StaticSecrets;
  readonly providers: Providers;
  readonly list: AccountList;
  /** Do not use the daemon. */
  readonly direct: boolean;
  /** Where tokens come from in the daemon itself. */
  readonly own: ((id: AccountId) => TokenSource) | undefined;
  /** Lets the person log in. */
  readonly login: (account: Account) => Promise<unknown>;
}

/** Where the access tokens of accounts come from: environment, daemon, or the account's record. */
export class AccountTokens {
  readonly #parts: TokensParts;

  constructor(parts: TokensParts) {
    this.#parts = parts;
  }

  /** Whether a ready token in the environment goes before the account's session. */
  usesEnvironment({ definition }: Account): boolean {
    return definition.kind === "profile" && this.#parts.system.env("VANTAGE_TOKEN") !== undefined;
  }

  /** Where the command's access tokens come from. */
  async source(account: Account): Promise<TokenSource> {
    const { system, list } = this.#parts;
    const ready = this.usesEnvironment(account) && system.env("VANTAGE_TOKEN");
    if (ready) return environmentToken(new Secret(ready));
    const source = await this.#sessionSource(account);
    return {
      token: async (request) => {
        const token = await source.token(request);
        await list.noteUses([account.id]);
        return token;
      },
    };
  }

  async #sessionSource(account: Account): Promise<TokenSource> {
    const { person, own, login } = this.#parts;
    const source = own?.(account.id) ?? await this.#daemonOrRecord(account);
    if (!person.canAnswer) return source;
    return loginOnDemand(source, async (reason) => {
      person.notice(`${reason.message}.`);
      await login(account);
    });
  }

  /** The daemon where one listens, else the account's record itself. */
  async #daemonOrRecord(account: Account): Promise<TokenSource> {
    const { system, person, interrupted, paths } = this.#parts;
    if (this.#isForUsAlone(account) || !await isThere(system, paths().socket)) {
      return await this.manager(account);
    }
    const { socket, tokens } = paths();
    const [{ DaemonTokens }, { settingsFingerprint }] = await Promise.all([
      import("./daemon/token_source.ts"),
      import("./config/fingerprint.ts"),
    ]);
    return new DaemonTokens({
      system,
      socket,
      interrupted,
      id: account.id,
      settings: settingsFingerprint(account, tokens),
      direct: () => this.manager(account),
      warn: (text) => person.warn(text),
    });
  }

  /** Whether the daemon cannot do for the account what we can. */
  #isForUsAlone({ settings, definition }: Account): boolean {
    const { direct, system } = this.#parts;
    // What a process has in memory is its own, and a DPoP key is not handed around.
    if (direct || settings.store.value === "memory" || settings.dpop.value) return true;
    return definition.kind === "profile" && system.env("VANTAGE_CLIENT_SECRET") !== undefined;
  }

  /** `warn`: who hears of a failure that was dealt with; the person unless told. */
  async manager(
    account: Account,
    warn: TokenManagerParts["warn"] = (text) => this.#parts.person.warn(text),
  ): Promise<TokenManager> {
    const { system, stores, secrets, providers, interrupted } = this.#parts;
    const { refresh_threshold } = account.settings;
    return new TokenManager({
      id: account.id,
      store: await stores.ofTokens(account),
      clock: system.clock,
      grant: () => grantOf(account),
      apiKey: () => secrets.apiKeyElsewhere(account),
      threshold: {
        ms: refresh_threshold.value,
        isDefault: refresh_threshold.source.kind === "default",
      },
      unattended: isUnattended(account),
      interrupted,
      renew: async (session) => {
        const { renew } = await import("./renew.ts");
        return await renew(providers, account, session);
      },
      warn,
    });
  }
}

/** Whether a daemon may listen there. Where its place cannot be told or reached, none does. */
async function isThere({ files }: System, socket: string): Promise<boolean> {
  try {
    return await files.stat(socket) !== undefined;
  } catch (error) {
    if (error instanceof FileError) return false;
    throw error;
  }
}
