import type { ApiClient } from "./api/client.ts";
import type { Exchange } from "./api/exchange_record.ts";
import type { Reach } from "./api/target.ts";
import type { ApiBase } from "./api_clients.ts";
import { AccountList } from "./account_list.ts";
import { AccountTokens } from "./account_tokens.ts";
import type { Account, Definer, SettingFlags } from "./config/account.ts";
import { PROFILE_SERVICE, resolveAccount } from "./config/account.ts";
import type { AccountEntry } from "./config/accounts_file.ts";
import type { Config } from "./config/config_file.ts";
import { checkedConfig, loadConfig } from "./config/config_file.ts";
import type { Paths } from "./config/paths.ts";
import { resolvePaths } from "./config/paths.ts";
import type { Profile } from "./config/profile.ts";
import { profileNamed, resolveProfile } from "./config/profile.ts";
import { profileNames } from "./config/profile_name.ts";
import type { NamedAccount } from "./config/account_name.ts";
import { namedAccount } from "./config/account_name.ts";
import type { Source } from "./config/source.ts";
import { describeSource } from "./config/source.ts";
import { isVantageError } from "./errors.ts";
import type { Http } from "./http.ts";
import type { LoginOptions, LoginOutcome } from "./login.ts";
import type { LogoutOptions, LogoutOutcome } from "./logout.ts";
import type { RegisteredClient, Registration } from "./oauth/register.ts";
import type { Server } from "./oauth/server.ts";
import type { Person } from "./person.ts";
import type { ServerOptions } from "./providers.ts";
import { Providers } from "./providers.ts";
import type { Secret } from "./secret.ts";
import type { MigrateOutcome } from "./migrate.ts";
import type { AccountId, PersistentStoreName, Store } from "./store/store.ts";
import { formatAccount } from "./store/store.ts";
import { StaticSecrets } from "./static_secrets.ts";
import { Stores } from "./stores.ts";
import type { System } from "./system.ts";
import { checkWritable } from "./tokens/credential_update.ts";
import type { FreshIdToken } from "./tokens/fresh_id_token.ts";
import { Timings } from "./timings.ts";
import type { TokenManager, TokenManagerParts } from "./tokens/manager.ts";
import { savedCredentials } from "./tokens/saved_credentials.ts";
import type { Session } from "./tokens/session.ts";
import type { AccessToken, TokenSource } from "./tokens/source.ts";

/** The flags that every command takes. */
export interface GlobalOptions {
  readonly profile?: string | undefined;
  readonly json: boolean;
  readonly verbose: number;
  /** False with `--no-color`. */
  readonly color: boolean;
  /** False with `--no-input`. */
  readonly input: boolean;
  /** Do not use the daemon. */
  readonly direct: boolean;
  readonly home?: string | undefined;
  /** Tell where the time went. */
  readonly timings: boolean;
}

/** What a process that stays (the daemon) has in common for every app that it makes. */
export interface Staying {
  /** The store `memory`. */
  readonly memory: Store;
  /** Where the tokens of an account come from. */
  readonly tokens: (id: AccountId) => TokenSource;
}

/**
 * The composition root: makes the parts a command asks for, when it asks for them. What is
 * expensive to load (the OAuth flows) is loaded when it is used, so that a cached token
 * comes out at once.
 */
export class App {
  readonly stores: Stores;
  readonly secrets: StaticSecrets;
  readonly providers: Providers;
  readonly list: AccountList;
  readonly tokens: AccountTokens;
  readonly timings = new Timings();
  #config: Promise<Config> | undefined;
  readonly #services = new Map<string, Account>();

  constructor(
    readonly system: System,
    readonly options: GlobalOptions,
    readonly person: Person,
    /** Aborts with `interrupted` when the person presses Ctrl-C. */
    readonly interrupted: AbortSignal,
    readonly staying?: Staying,
  ) {
    const paths = () => this.paths();
    const config = () => this.config();
    this.stores = new Stores({ system, paths, config, memory: staying?.memory });
    this.secrets = new StaticSecrets({
      system,
      stores: this.stores,
      account: (id) => this.account(id),
    });
    this.providers = new Providers({ system, person, interrupted, secrets: this.secrets, paths });
    this.list = new AccountList({ system, person, paths });
    const { stores, secrets, providers, list } = this;
    const parts = { system, person, interrupted, paths, stores, secrets, providers, list };
    this.tokens = new AccountTokens({
      ...parts,
      direct: options.direct,
      own: staying?.tokens,
      login: (account) => this.login(account, {}),
    });
  }

  paths(): Paths {
    return resolvePaths(this.system, this.options.home);
  }

  /** The settings file, read once. Where no home is known there can be none, and the environment may do. */
  config(): Promise<Config> {
    return this.#config ??= this.timings.measure("settings", () => this.#readConfig());
  }

  async #readConfig(): Promise<Config> {
    try {
      return await loadConfig(this.system.files, this.paths().config);
    } catch (error) {
      if (isVantageError(error, "home_unknown")) return checkedConfig("", "");
      throw error;
    }
  }

  /** The profile that the command is about. */
  async profile(flags: SettingFlags = {}): Promise<Profile> {
    const { profile } = this.options;
    return resolveProfile(await this.config(), this.system, { flags, profile });
  }

  /** Any profile by its name. */
  async profileNamed(name: string, flags: SettingFlags = {}): Promise<Profile> {
    const { profile: inUse } = this.options;
    return profileNamed(await this.config(), this.system, name, { inUse, flags });
  }

  async profileNames(): Promise<string[]> {
    return profileNames(await this.config());
  }

  /** Any account by its id; the service `vantage` has the profiles. Throws `profile_unknown`. */
  async account(id: AccountId, flags: SettingFlags = {}): Promise<Account> {
    if (id.service === PROFILE_SERVICE) return await this.profileNamed(id.account, flags);
    const resolve = async () => resolveAccount(await this.config(), this.system, id, { flags });
    if (Object.values(flags).some((flag) => flag !== undefined)) return await resolve();
    // All accounts of a service have the same settings, and there may be thousands of them.
    const known = this.#services.get(id.service) ?? await resolve();
    // Of services that are none there is no end, and a daemon is asked for a long time.
    if (known.definition.exists) this.#services.set(id.service, known);
    return { ...known, id };
  }

  /** The account that a command names, or the profile in use where it names none. Throws `usage`. */
  async target(named: NamedAccount, flags: SettingFlags = {}): Promise<Account> {
    const id = namedAccount(named, this.options.profile);
    return id ? await this.account(id, flags) : await this.profile(flags);
  }

  /** A setting's source for a person, such as "config.toml:12". */
  async describeSource(source: Source): Promise<string> {
    return await describeSource(source, await this.config());
  }

  /** Where the account's tokens are. */
  store(account: Account): Promise<Store> {
    return this.stores.ofTokens(account);
  }

  /** Whether a ready token in the environment goes before the account's session. */
  usesEnvironmentToken(account: Account): boolean {
    return this.tokens.usesEnvironment(account);
  }

  /** Where the command's access tokens come from. */
  tokenSource(account: Account): Promise<TokenSource> {
    return this.tokens.source(account);
  }

  /** The keeper of the account's record; `warn` hears of failures that were dealt with. */
  tokenManager(account: Account, warn?: TokenManagerParts["warn"]): Promise<TokenManager> {
    return this.tokens.manager(account, warn);
  }

  /** An ID token for who takes one as a credential, renewed where it is about to expire. */
  async idToken(account: Account): Promise<FreshIdToken> {
    const { freshIdToken } = await import("./tokens/fresh_id_token.ts");
    const manager = await this.tokenManager(account);
    const token = await freshIdToken(manager, this.system.clock, formatAccount(account.id));
    await this.list.noteUses([account.id]);
    return token;
  }

  /** Throws what a command would, were a person needed for it now. No network. */
  async requireNoLogin(account: Account): Promise<void> {
    if (this.usesEnvironmentToken(account)) return;
    await (await this.tokenManager(account)).requireNoLogin();
  }

  /** The saved session as it is, whatever its state. */
  async savedSession(account: Account): Promise<Session | undefined> {
    return (await savedCredentials(await this.store(account), account.id)).session;
  }

  async login(account: Account, options: LoginOptions): Promise<LoginOutcome> {
    const { login } = await import("./login.ts");
    return await login(this, account, options);
  }

  /** Throws `store_…` unless credentials of the account can be read and written. */
  async checkStore(account: Account): Promise<void> {
    const store = await this.store(account);
    await store.get(account.id);
    await checkWritable({ store, clock: this.system.clock, id: account.id }, this.interrupted);
  }

  /** Ends the account's session at the provider and here. */
  async logOut(account: Account, options: LogoutOptions): Promise<LogoutOutcome> {
    const { logOut } = await import("./logout.ts");
    return await logOut(this, account, options);
  }

  /** Moves all accounts of a store to another; `switchSettings` makes the settings say so. */
  async migrate(
    from: PersistentStoreName,
    to: PersistentStoreName,
    switchSettings: () => Promise<void>,
  ): Promise<MigrateOutcome> {
    const { migrate } = await import("./migrate.ts");
    const stores = [await this.stores.persistent(from), await this.stores.persistent(to)] as const;
    return await migrate(this, ...stores, switchSettings);
  }

  /** Logs an account out and removes everything that is stored of it. */
  async forget(id: AccountId): Promise<LogoutOutcome> {
    const outcome = await this.logOut(await this.account(id), {
      keepRemote: false,
      keepSecrets: false,
    });
    await this.list.drop(id);
    return outcome;
  }

  /** The accounts that are listed, profiles that were logged in among them. */
  accounts(): Promise<AccountEntry[]> {
    return this.list.entries();
  }

  /** Every profile, then every listed account of another service. Throws `config_…`. */
  async everyAccount(): Promise<AccountId[]> {
    const profiles = (await this.profileNames())
      .map((account) => ({ service: PROFILE_SERVICE, account }));
    const others = (await this.accounts()).filter(({ service }) => service !== PROFILE_SERVICE)
      .map(({ service, account }) => ({ service, account }));
    return [...profiles, ...others];
  }

  /** Puts a static key in the place of a session. */
  async saveApiKey(account: Account, apiKey: Secret): Promise<void> {
    await this.secrets.saveApiKey(account, apiKey);
    await this.list.note(account.id, []);
  }

  saveClientSecret(of: Definer, clientSecret: Secret): Promise<void> {
    return this.secrets.saveClientSecret(of, clientSecret);
  }

  deleteClientSecret(of: Definer): Promise<void> {
    return this.secrets.deleteClientSecret(of);
  }

  /** The account's authorization server. */
  server(account: Account, options: ServerOptions = {}): Promise<Server> {
    return this.providers.server(account, options);
  }

  /** The way to the network with the account's certificates. */
  http(account: Account, timeoutMs?: number): Promise<Http> {
    return this.providers.http(account, timeoutMs);
  }

  /**
   * A client for the account's API, and where it may go. `idleMs`: the longest silence of the API
   * that is waited for. Throws `config_incomplete`.
   */
  async api(
    account: Account,
    base: ApiBase,
    idleMs?: number,
  ): Promise<{ client: ApiClient; reach: Reach }> {
    const { apiClient, reachOf } = await import("./api_clients.ts");
    const { system, person, interrupted } = this;
    const reach = reachOf(account, base);
    const { tokens, certificates } = await this.connection(account);
    const onExchange = this.options.timings || this.options.verbose > 0
      ? (exchange: Exchange) => {
        this.timings.add("requests", exchange.waitedMs);
        person.exchange(exchange);
      }
      : undefined;
    const parts = { system, person, interrupted, tokens, certificates, onExchange };
    return { client: apiClient(parts, account, reach, idleMs), reach };
  }

  /** What a connection to the account's API needs: its tokens, and whom it trusts (PEM). */
  async connection(
    account: Account,
  ): Promise<{ tokens: TokenSource; certificates: readonly string[] }> {
    const source = await this.tokenSource(account);
    const tokens: TokenSource = {
      token: (request) => this.timings.measure("token", () => source.token(request)),
    };
    return { tokens, certificates: await this.providers.certificates(account) };
  }

  /** Registers a client at the account's provider. Throws `not_supported`, `client_refused`. */
  async registerClient(account: Account, wanted: Registration): Promise<RegisteredClient> {
    const { registerClient } = await import("./oauth/register.ts");
    const server = await this.server(account, { fresh: true, unregistered: true });
    return await registerClient(server, wanted);
  }

  /** Runs the daemon until it is stopped; `onListening` is called when clients are answered. */
  async runDaemon(version: string, onListening: () => void): Promise<void> {
    const { Daemon } = await import("./daemon/daemon.ts");
    const { daemonSystem } = await import("./daemon/own_system.ts");
    const system = daemonSystem(this.system);
    const options = { ...this.options, profile: undefined, input: false, direct: true };
    const daemon = new Daemon({
      system,
      person: this.person,
      version,
      random: Math.random,
      interrupted: this.interrupted,
      makeApp: (person, interrupted, staying) =>
        new App(system, options, person, interrupted, staying),
    });
    await daemon.run(this.paths().socket, onListening);
  }

  /** Who the provider says the token's owner is. Throws `not_supported` where it cannot be asked. */
  async userInfo(account: Account, token: AccessToken): Promise<Record<string, unknown>> {
    const { userInfo } = await import("./oauth/userinfo.ts");
    return await userInfo(await this.server(account), token, this.interrupted);
  }
}
