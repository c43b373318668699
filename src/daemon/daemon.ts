import type { App, Staying } from "../app.ts";
import { isVantageError, VantageError } from "../errors.ts";
import type { Person } from "../person.ts";
import { memoryStore } from "../store/memory.ts";
import type { AccountId } from "../store/store.ts";
import type { System } from "../system.ts";
import { FileError } from "../system.ts";
import { watchChanges } from "./changes.ts";
import { Clients } from "./clients.ts";
import { CurrentApp } from "./current_app.ts";
import type { Caller, Handlers } from "./handlers.ts";
import { createHandlers, instantOrNull } from "./handlers.ts";
import { Keeper } from "./keeper.ts";
import { KeptAccounts } from "./kept_accounts.ts";
import { Logins } from "./logins.ts";
import type { MethodName, Result } from "./methods.ts";
import { isMethod, readParams } from "./methods.ts";
import { takePlace } from "./place.ts";
import type { Request } from "./protocol.ts";
import { RPC, RpcFailure } from "./protocol.ts";
import { Uses } from "./uses.ts";

/** Where the system does not tell what has changed, the list of accounts is read so often (ms). */
const LIST_AGAIN_MS = 60_000;

export interface DaemonParts {
  readonly system: System;
  /** Told of what went wrong and of what is done; never asked. */
  readonly person: Person;
  readonly version: string;
  /** Makes an app that reads the settings anew. `interrupted` ends what it waits for. */
  readonly makeApp: (person: Person, interrupted: AbortSignal, staying: Staying) => App;
  /** Ends the daemon. */
  readonly interrupted: AbortSignal;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The daemon: answers clients, and keeps the tokens of all accounts fresh. */
export class Daemon {
  readonly #parts: DaemonParts;
  readonly #startedAt: number;
  readonly #stopping = new AbortController();
  readonly #current: CurrentApp;
  readonly #accounts: KeptAccounts;
  readonly #keeper: Keeper;
  readonly #uses: Uses;
  readonly #logins: Logins;
  readonly #handlers: Handlers;
  #clients: Clients | undefined;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    const { system: { clock }, person, random, interrupted } = parts;
    this.#startedAt = clock.now();
    if (interrupted.aborted) this.stop();
    interrupted.addEventListener("abort", () => this.stop(), { once: true });

    const stopping = this.#stopping.signal;
    const staying: Staying = {
      memory: memoryStore(clock),
      tokens: (id) => ({
        token: (request) =>
          this.#accounts.use(id, async (kept) => (await kept.token(request)).token),
      }),
    };
    const makeApp = (person: Person) => parts.makeApp(person, stopping, staying);
    const warn = (text: string) => person.warn(text);
    const app = () => this.#current.get();
    this.#current = new CurrentApp(() => makeApp(person));
    const consider = (id: AccountId) => this.#keeper.consider(id);
    const log = (text: string) => person.notice(text);
    this.#uses = new Uses({ clock, app, stopping });
    this.#accounts = new KeptAccounts({
      clock,
      app,
      random,
      log,
      onUse: (id) => this.#uses.add(id),
      onNews: consider,
    });
    this.#keeper = new Keeper({ clock, accounts: this.#accounts, stopping, warn });
    this.#logins = new Logins({ makeApp, log: person, onLoggedIn: consider });
    this.#handlers = createHandlers({
      app,
      accounts: this.#accounts,
      keeper: this.#keeper,
      logins: this.#logins,
      status: () => this.#status(),
      stop: () => this.stop(),
    });
  }

  /** Ends what waits, takes no more clients, and lets `run` return. */
  stop(): void {
    this.#stopping.abort(new VantageError("interrupted", "The daemon is stopping"));
  }

  /**
   * Listens at `path` until it is stopped; `onListening` is called when clients are answered.
   * What is under way then comes to its end. Throws `daemon_running`, `daemon_unusable`, and what
   * reading the settings does.
   */
  async run(path: string, onListening: () => void): Promise<void> {
    const { system, person } = this.#parts;
    const app = await this.#current.get();
    await app.config(); // a wrong one is to be heard of now
    await using place = await takePlace(system, path);
    const clients = new Clients({
      clock: system.clock,
      listener: place.listener,
      answering: (request, caller) => this.#answer(request, caller),
      stopping: this.#stopping.signal,
      warn: (text) => person.warn(text),
    });
    this.#clients = clients;
    const serving = clients.serve();
    onListening();
    using watching = new DisposableStack();
    const isWatched = await this.#watch(app, watching);
    await this.#considerListed();
    await Promise.all([
      serving,
      this.#keeper.run(),
      isWatched ? undefined : this.#considerAgain(),
    ]);
    await this.#logins.settled();
    await this.#accounts.settled();
    await this.#uses.settled();
  }

  /** Answers a request. Throws `RpcFailure`, and what the command of its kind does. */
  async #answer({ method, params }: Request, caller: Caller): Promise<unknown> {
    if (!isMethod(method)) throw new RpcFailure(RPC.methodNotFound, "There is no such method");
    const handle = this.#handlers[method] as (params: unknown, caller: Caller) => Promise<unknown>;
    return await handle(readParams<MethodName>(method, params), caller);
  }

  async #status(): Promise<Result<"status">> {
    const { config, tokens } = (await this.#current.get()).paths();
    return {
      version: this.#parts.version,
      pid: this.#parts.system.pid,
      started_at: instantOrNull(this.#startedAt),
      config,
      tokens,
      account_count: this.#keeper.size,
      in_progress: this.#keeper.inProgress,
      connections: this.#clients?.size ?? 0,
      next_refresh_at: instantOrNull(this.#keeper.nextAt),
      failing: this.#accounts.failing().map(({ id, failing }) => ({
        ...id,
        since: instantOrNull(failing?.since),
        message: failing?.message ?? "",
        retry_at: instantOrNull(failing?.retryAt),
      })),
    };
  }

  async #watch(app: App, watching: DisposableStack): Promise<boolean> {
    const { config, accounts, tokens } = app.paths();
    return await watchChanges({
      system: this.#parts.system,
      tokens,
      settings: config,
      list: accounts,
      stopping: this.#stopping.signal,
      onAccount: (id) => this.#keeper.consider(id),
      onList: () => this.#considerListed(),
      onSettings: () => {
        this.#keeper.considerAll();
        this.#considerListed();
      },
    }, watching);
  }

  /** Looks at the accounts there are and that are not kept: they may be new, or logged in again. */
  async #considerListed(): Promise<void> {
    try {
      const ids = await (await this.#current.get()).everyAccount();
      for (const id of ids) if (!this.#keeper.keeps(id)) this.#keeper.consider(id);
    } catch (error) {
      if (!isVantageError(error) && !(error instanceof FileError)) throw error;
      this.#parts.person.warn(`Cannot read the list of accounts: ${error.message}`);
    }
  }

  async #considerAgain(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#parts.system.clock.sleep(LIST_AGAIN_MS, signal).catch(() => {});
      if (!signal.aborted) await this.#considerListed();
    }
  }
}
