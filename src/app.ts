import type { Config } from "./config/config_file.ts";
import { checkedConfig, loadConfig } from "./config/config_file.ts";
import type { Paths } from "./config/paths.ts";
import { resolvePaths } from "./config/paths.ts";
import type { Profile, SettingFlags } from "./config/profile.ts";
import { resolveProfile } from "./config/profile.ts";
import { namedProfile, profileNames } from "./config/profile_name.ts";
import type { Source } from "./config/source.ts";
import { describeSource } from "./config/source.ts";
import { isVantageError, VantageError } from "./errors.ts";
import { fileProblem } from "./files.ts";
import type { Http } from "./http.ts";
import type { LoginOptions, LoginOutcome } from "./login.ts";
import type { LogoutOptions, LogoutOutcome } from "./logout.ts";
import type { Server } from "./oauth/server.ts";
import type { RenewalOutcome, TokenSet } from "./oauth/token_set.ts";
import type { Person } from "./person.ts";
import { accountOf, grantOf, isUnattended, providerSettings } from "./profiles.ts";
import { Secret } from "./secret.ts";
import { fileStore } from "./store/file.ts";
import { memoryStore } from "./store/memory.ts";
import type { Store, StoreName } from "./store/store.ts";
import type { System } from "./system.ts";
import { FileError } from "./system.ts";
import { checkWritable, updateCredentials } from "./tokens/credential_update.ts";
import { TokenManager } from "./tokens/manager.ts";
import { readableCredentials, savedCredentials } from "./tokens/saved_credentials.ts";
import type { Credentials, Session } from "./tokens/session.ts";
import type { AccessToken, TokenSource } from "./tokens/source.ts";
import { environmentToken, loginOnDemand } from "./tokens/sources.ts";

/** The flags that every command takes. */
export interface GlobalOptions {
  readonly profile?: string | undefined;
  readonly json: boolean;
  readonly verbose: number;
  /** False with `--no-color`. */
  readonly color: boolean;
  /** False with `--no-input`. */
  readonly input: boolean;
  readonly home?: string | undefined;
}

/** One request of a refresh may take this long: two of them fit into what waiters wait. */
const REFRESH_TIMEOUT_MS = 15_000;

/**
 * The composition root: makes the parts a command asks for, when it asks for them. What is
 * expensive to load (the OAuth flows) is loaded when it is used, so that a cached token
 * comes out at once.
 */
export class App {
  readonly #stores = new Map<StoreName, Store>();
  #config: Promise<Config> | undefined;

  constructor(
    readonly system: System,
    readonly options: GlobalOptions,
    readonly person: Person,
    /** Aborts with `interrupted` when the person presses Ctrl-C. */
    readonly interrupted: AbortSignal,
  ) {}

  paths(): Paths {
    return resolvePaths(this.system, this.options.home);
  }

  /** The settings file, read once. Where no home is known there can be none, and the environment may do. */
  config(): Promise<Config> {
    return this.#config ??= this.#readConfig();
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
    return resolveProfile(await this.config(), this.system, { ...flags, profile });
  }

  /** Any profile by its name. What the environment overrides, it overrides for the one in use only. */
  async profileNamed(name: string): Promise<Profile> {
    const config = await this.config();
    const inUse = namedProfile(config, this.system, this.options.profile).value === name;
    const system = inUse ? this.system : withoutOverrides(this.system);
    return resolveProfile(config, system, { profile: name });
  }

  async profileNames(): Promise<string[]> {
    return profileNames(await this.config());
  }

  /** A setting's source for a person, such as "config.toml:12". */
  async describeSource(source: Source): Promise<string> {
    return await describeSource(source, await this.config());
  }

  store(profile: Profile): Store {
    const name = profile.settings.store.value;
    const made = this.#stores.get(name) ?? this.#makeStore(name);
    this.#stores.set(name, made);
    return made;
  }

  #makeStore(name: StoreName): Store {
    const { files, clock } = this.system;
    return name === "memory" ? memoryStore(clock) : fileStore(files, clock, this.paths().tokens);
  }

  /** Whether a ready token in the environment goes before every session. */
  usesEnvironmentToken(): boolean {
    return this.system.env("VANTAGE_TOKEN") !== undefined;
  }

  /** Where the command's access tokens come from. */
  tokenSource(profile: Profile): TokenSource {
    const ready = this.system.env("VANTAGE_TOKEN");
    if (ready !== undefined) return environmentToken(new Secret(ready));
    const manager = this.tokenManager(profile);
    if (!this.person.canAnswer) return manager;
    return loginOnDemand(manager, async (reason) => {
      this.person.notice(`${reason.message}.`);
      await this.login(profile, {});
    });
  }

  tokenManager(profile: Profile): TokenManager {
    return new TokenManager({
      id: accountOf(profile),
      store: this.store(profile),
      clock: this.system.clock,
      grant: grantOf(profile),
      threshold: {
        ms: profile.settings.refresh_threshold.value,
        isDefault: profile.settings.refresh_threshold.source.kind === "default",
      },
      unattended: isUnattended(profile),
      interrupted: this.interrupted,
      renew: (session) => this.#renew(profile, session),
      warn: (text) => this.person.warn(text),
    });
  }

  /** Throws what a command would, were a person needed for it now. No network. */
  async requireNoLogin(profile: Profile): Promise<void> {
    if (!this.usesEnvironmentToken()) await this.tokenManager(profile).requireNoLogin();
  }

  /** The saved session as it is, whatever its state. */
  async savedSession(profile: Profile): Promise<Session | undefined> {
    return (await savedCredentials(this.store(profile), accountOf(profile))).session;
  }

  async login(profile: Profile, options: LoginOptions): Promise<LoginOutcome> {
    const { login } = await import("./login.ts");
    return await login(this, profile, options);
  }

  /** Throws `store_…` unless credentials of the profile can be read and written. */
  async checkStore(profile: Profile): Promise<void> {
    const id = accountOf(profile);
    await this.store(profile).get(id);
    await checkWritable(
      { store: this.store(profile), clock: this.system.clock, id },
      this.interrupted,
    );
  }

  async #renew(profile: Profile, session: TokenSet | undefined): Promise<RenewalOutcome> {
    const { failedRenewal, refresh } = await import("./oauth/refresh.ts");
    try {
      const server = await this.server(profile, { timeoutMs: REFRESH_TIMEOUT_MS });
      if (!isUnattended(profile) && session) return await refresh(server, session);
      const { clientCredentialsLogin } = await import("./oauth/client_credentials.ts");
      const tokens = await clientCredentialsLogin(server, {
        scopes: profile.settings.scopes.value,
        ...(session?.dpopKey && { dpopKey: session.dpopKey }),
      });
      return { kind: "renewed", tokens };
    } catch (error) {
      // Before the token was sent, or of a grant that consumes nothing: no answer is lost.
      const outcome = failedRenewal(error);
      return outcome.kind === "transient" ? { ...outcome, answerLost: false } : outcome;
    }
  }

  /** The profile's authorization server. `fresh` asks it for its metadata anew. */
  async server(
    profile: Profile,
    options: { fresh?: boolean; timeoutMs?: number } = {},
  ): Promise<Server> {
    const [{ Server }, { metadataCache }] = await Promise.all([
      import("./oauth/server.ts"),
      import("./oauth/metadata_cache.ts"),
    ]);
    const parts = {
      settings: providerSettings(profile, await this.#clientSecret(profile)),
      http: await this.http(profile, options.timeoutMs),
      clock: this.system.clock,
      cache: metadataCache(this.system.files, this.paths().cache),
    };
    return await Server.open(parts, { ...options, signal: this.interrupted });
  }

  /** The way to the network with the profile's certificates, for `--verbose` with a line a request. */
  async http(profile: Profile, timeoutMs?: number): Promise<Http> {
    const { createHttp } = await import("./http.ts");
    return createHttp(this.system, {
      caCerts: await this.#caCerts(profile),
      ...(timeoutMs !== undefined && { timeoutMs }),
      onExchange: ({ method, target, status, ms, failure }) =>
        this.person.detail(1, `${method} ${target} -> ${status ?? failure} (${ms} ms)`),
    });
  }

  async #caCerts(profile: Profile): Promise<string[]> {
    const paths = [profile.settings.ca_file?.value, profile.sslCertFile?.value];
    const read = paths.filter((path) => path !== undefined).map(async (path) => {
      try {
        return await this.system.files.readText(path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        throw new VantageError("config_unreadable", `Cannot read ${path}: ${fileProblem(error)}`, {
          cause: error,
          hint: "Correct ca_file, VANTAGE_CA_FILE or SSL_CERT_FILE",
        });
      }
    });
    return await Promise.all(read);
  }

  async #clientSecret(profile: Profile): Promise<Secret | undefined> {
    const given = this.system.env("VANTAGE_CLIENT_SECRET");
    if (given !== undefined) return new Secret(given);
    // A login has to get past a damaged record in order to mend it.
    return (await readableCredentials(this.store(profile), accountOf(profile))).clientSecret;
  }

  /** Puts a profile's client secret into the profile's store, in place of an earlier one. */
  saveClientSecret(name: string, clientSecret: Secret): Promise<void> {
    return this.#update(name, (kept) => ({ ...kept, clientSecret }));
  }

  deleteClientSecret(name: string): Promise<void> {
    return this.#update(name, ({ clientSecret: _gone, ...kept }) => kept);
  }

  async #update(name: string, change: (kept: Credentials) => Credentials): Promise<void> {
    const profile = await this.profileNamed(name);
    await updateCredentials(this.store(profile), this.system.clock, accountOf(profile), change);
  }

  /** Ends the profile's session at the provider and here. */
  async logOut(profile: Profile, options: LogoutOptions): Promise<LogoutOutcome> {
    const { logOut } = await import("./logout.ts");
    return await logOut(this, profile, options);
  }

  /** Logs a profile out and removes everything the store has of it. */
  async forget(name: string): Promise<LogoutOutcome> {
    const profile = await this.profileNamed(name);
    return await this.logOut(profile, { keepRemote: false, keepClient: false });
  }

  /** Who the provider says the token's owner is. Throws `not_supported` where it cannot be asked. */
  async userInfo(profile: Profile, token: AccessToken): Promise<Record<string, unknown>> {
    const { userInfo } = await import("./oauth/userinfo.ts");
    return await userInfo(await this.server(profile), token, this.interrupted);
  }
}

/** The system without the variables that override settings of the profile in use. */
function withoutOverrides(system: System): System {
  return { ...system, env: (name) => name.startsWith("VANTAGE_") ? undefined : system.env(name) };
}
