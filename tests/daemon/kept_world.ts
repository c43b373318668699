import type { App } from "../../src/app.ts";
import type { Account } from "../../src/config/account.ts";
import { Keeper } from "../../src/daemon/keeper.ts";
import { KeptAccounts } from "../../src/daemon/kept_accounts.ts";
import type { KeptToken } from "../../src/daemon/kept_account.ts";
import type { Failing } from "../../src/daemon/outage.ts";
import { VantageError } from "../../src/errors.ts";
import type { TokenRequest } from "../../src/tokens/source.ts";
import { ID } from "../store/contract.ts";
import { World } from "../tokens/manager_setup.ts";

/** What the settings of the one account are, as far as the daemon looks at them. */
const SETTINGS = { refresh_threshold: { value: 5 * 60_000, source: { kind: "default" } } };

/** An account in made-up time, with the real token manager, kept as the daemon keeps it. */
export class KeptWorld extends World {
  readonly troubles: string[] = [];
  readonly noted: string[] = [];
  readonly logged: string[] = [];
  readonly stopping = new AbortController();
  /** Set it to make reading the settings fail. */
  broken: Error | undefined;
  /** Set it to hold who wants to know the settings. */
  hold: Promise<void> | undefined;
  /** As `Math.random` would. */
  random = () => 0.5;
  #app = this.#makeApp();
  readonly accounts: KeptAccounts = new KeptAccounts({
    clock: this.clock,
    app: async () => {
      const { broken } = this;
      await this.hold;
      if (broken) throw broken;
      return this.#app;
    },
    random: () => this.random(),
    log: (text) => this.logged.push(text),
    onUse: () => this.noted.push("use"),
    onNews: (id) => this.keeper.consider(id),
  });
  readonly keeper: Keeper = new Keeper({
    clock: this.clock,
    accounts: this.accounts,
    stopping: this.stopping.signal,
    warn: (text) => this.troubles.push(text),
  });

  ask(request?: TokenRequest): Promise<KeptToken> {
    return this.accounts.use(ID, (kept) => kept.token(request));
  }

  failing(): Failing | undefined {
    return this.accounts.failing()[0]?.failing;
  }

  /** The settings file was written. */
  newSettings(): void {
    this.#app = this.#makeApp();
  }

  /** Runs the keeper, which has been told of the account, while `during` goes on. */
  async keep(during: () => Promise<void>): Promise<void> {
    this.keeper.consider(ID);
    const running = this.keeper.run();
    await this.#awake();
    try {
      await during();
    } finally {
      this.stopping.abort(new VantageError("interrupted", "The daemon is stopping"));
      await this.settle(running);
    }
  }

  /** Lets time pass, from sleeper to sleeper; in between all who are awake come to rest. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(this.clock.nextIn() ?? Infinity, end - this.clock.now()));
      await this.#awake();
    }
  }

  /** Whoever is awake goes first. */
  async #awake(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #makeApp(): App {
    const account = { id: ID, settings: SETTINGS } as unknown as Account;
    const app = {
      account: () => Promise.resolve(account),
      tokenManager: (_: Account, warn: (text: string) => void) =>
        Promise.resolve(this.manager({ warn, interrupted: this.stopping.signal })),
      paths: () => ({ tokens: "/tokens" }),
    };
    return app as unknown as App;
  }
}
