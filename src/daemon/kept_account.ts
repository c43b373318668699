import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import { settingsFingerprint } from "../config/fingerprint.ts";
import { isVantageError, toVantageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { AccountId } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock } from "../system.ts";
import { LOGIN_NEEDED } from "../tokens/login_needed.ts";
import type { TokenManager } from "../tokens/manager.ts";
import { usesOldToken } from "../tokens/manager.ts";
import { accessToken, readyToken } from "../tokens/ready_token.ts";
import type { Session } from "../tokens/session.ts";
import type { AccessToken, TokenRequest } from "../tokens/source.ts";
import type { TokenState } from "../tokens/state.ts";
import { dueAt } from "./due.ts";
import type { Failing } from "./outage.ts";
import { Outage } from "./outage.ts";

/** An access token, and why it is an older one than was asked for. */
export interface KeptToken {
  readonly token: AccessToken;
  readonly warning: string | undefined;
}

export interface KeptParts {
  readonly clock: Clock;
  /** The settings as they are now: another app when they have changed. */
  readonly app: () => Promise<App>;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Told when the provider of an account begins to fail, and when it has recovered. */
  readonly log: (text: string) => void;
  /** Called when a token is handed out, at most once an hour. */
  readonly onUse: (id: AccountId) => void;
  /** Called when a token is handed out for the first time, or cannot be renewed. */
  readonly onNews: (id: AccountId) => void;
}

/** What an account amounts to under one reading of the settings. */
interface Made {
  readonly app: App;
  readonly account: Account;
  readonly manager: TokenManager;
  readonly fingerprint: string;
}

/** `last_used` in the list of accounts is as exact as this (milliseconds). */
const USE_NOTED_FOR_MS = 3_600_000;

const SAME_TOKEN = new Error("The provider gives the same token again");

/** What says nothing of whether a token can be renewed. */
const NO_FAILURE = ["interrupted", "not_supported"] as const;

/**
 * One account of the daemon: everybody who asks for its token shares one renewal, and one that
 * failed is not tried again at once while the old token lives. The rest is the token manager's,
 * the same as for a command.
 */
export class KeptAccount {
  readonly #parts: KeptParts;
  #made: Made | undefined;
  #renewing: Promise<KeptToken> | undefined;
  #warned: string | undefined;
  #failure: Error | undefined;
  readonly #outage: Outage;
  #share = { obtainedAt: NaN, value: 0 };
  #usedAt = -Infinity;
  #handedOut: Secret | undefined;

  constructor(readonly id: AccountId, parts: KeptParts) {
    this.#parts = parts;
    this.#outage = new Outage(parts);
  }

  /** How its provider fails; undefined as long as it does not. */
  get failing(): Failing | undefined {
    return this.#outage.failing;
  }

  /** The renewal that is under way; it must come to its end before the process does. */
  get renewing(): Promise<unknown> | undefined {
    return this.#renewing;
  }

  /** What the settings of the account amount to: see `settingsFingerprint`. */
  async fingerprint(): Promise<string> {
    return (await this.#current()).fingerprint;
  }

  /** A token that may be used. Throws what {@link TokenManager.token} throws. */
  async token(request: TokenRequest = {}): Promise<KeptToken> {
    const { manager } = await this.#current();
    const kept = await this.#token(manager, request);
    this.#noteUse();
    if (!kept.token.value.equals(this.#handedOut)) {
      this.#handedOut = kept.token.value;
      this.#parts.onNews(this.id);
    }
    return kept;
  }

  async #token(manager: TokenManager, request: TokenRequest): Promise<KeptToken> {
    let before: Session | undefined;
    if (!request.force) {
      const state = await manager.state(request);
      const ready = readyToken(state);
      if (ready) return { token: ready, warning: undefined };
      const old = this.#whileFailing(state);
      if (old) return { token: old, warning: usesOldToken(this.failing?.message ?? "") };
      before = sessionOf(state);
    }
    this.#renewing ??= this.#renew(manager, request, before)
      .finally(() => this.#renewing = undefined);
    return await this.#renewing;
  }

  /**
   * Renews the token if the time has come, and returns when to look again (epoch milliseconds);
   * undefined where nothing can be done until the record changes. Throws where the settings or
   * the store cannot be used.
   */
  async keepFresh(): Promise<number | undefined> {
    const due = await this.#dueAt();
    if (due === undefined || due > this.#parts.clock.now()) return due;
    const { manager } = await this.#current();
    const session = sessionOf(await manager.state());
    if (!session) return undefined;
    try {
      // Not by force: where a command was faster, its token lives longer than this.
      await this.#token(manager, { minTtlMs: session.expiresAt - this.#parts.clock.now() + 1 });
    } catch (error) {
      if (isVantageError(error, ...LOGIN_NEEDED)) return undefined;
      if (!isVantageError(error)) throw error;
    }
    return await this.#dueAt();
  }

  async #dueAt(): Promise<number | undefined> {
    const { manager, account } = await this.#current();
    const state = await manager.state();
    const session = sessionOf(state);
    const now = this.#parts.clock.now();
    if (!session || !manager.isRenewable(state)) {
      this.#outage.end(); // there is nothing that could be renewed
      return undefined;
    }
    if (this.#outage.isBackingOff) return this.failing?.retryAt;
    // A record from the future: the clock was set back, and what it says of time is worth nothing.
    if (state.kind === "due" && session.obtainedAt > now) return now;
    const { refresh_threshold: { value: ms, source } } = account.settings;
    const threshold = { ms, isDefault: source.kind === "default" };
    const due = dueAt(session, threshold, this.#shareOf(session));
    if (due > now) this.#outage.end(); // it was somebody's wish, and is not needed
    return due;
  }

  /** The old token, where it lives and the provider has just failed to give a new one. */
  #whileFailing(state: TokenState): AccessToken | undefined {
    if (state.kind !== "due" || !state.usable) return undefined;
    return this.#outage.isBackingOff ? accessToken(state.session) : undefined;
  }

  async #renew(
    manager: TokenManager,
    request: TokenRequest,
    before: Session | undefined,
  ): Promise<KeptToken> {
    this.#warned = undefined;
    this.#failure = undefined;
    try {
      const token = await manager.token(request);
      const isOld = before?.accessToken.equals(token.value) ?? false;
      if (isOld) this.#noteFailure(this.#failure ?? SAME_TOKEN);
      else this.#noteSuccess();
      return { token, warning: this.#warned };
    } catch (error) {
      if (isVantageError(error, ...LOGIN_NEEDED)) this.#outage.end();
      else if (!isVantageError(error, ...NO_FAILURE)) this.#noteFailure(toVantageError(error));
      throw error;
    }
  }

  #noteSuccess(): void {
    if (this.failing) this.#parts.log(`Refreshes '${formatAccount(this.id)}' again`);
    this.#outage.end();
  }

  #noteFailure(error: Error): void {
    if (!this.failing) {
      this.#parts.log(`Cannot refresh '${formatAccount(this.id)}': ${error.message}`);
    }
    this.#outage.note(error);
    this.#parts.onNews(this.id);
  }

  #shareOf({ obtainedAt }: Session): number {
    if (this.#share.obtainedAt !== obtainedAt) {
      this.#share = { obtainedAt, value: this.#parts.random() };
    }
    return this.#share.value;
  }

  /** The account as the settings have it now. Throws what they do. */
  async #current(): Promise<Made> {
    const app = await this.#parts.app();
    if (this.#made?.app === app) return this.#made;
    const account = await app.account(this.id);
    const manager = await app.tokenManager(account, (text, failure) => {
      this.#warned = text;
      this.#failure = failure;
    });
    const fingerprint = settingsFingerprint(account, app.paths().tokens);
    return this.#made = { app, account, manager, fingerprint };
  }

  #noteUse(): void {
    const now = this.#parts.clock.now();
    if (Math.abs(now - this.#usedAt) < USE_NOTED_FOR_MS) return;
    this.#usedAt = now;
    this.#parts.onUse(this.id);
  }
}

const sessionOf = (state: TokenState): Session | undefined =>
  "session" in state ? state.session : undefined;
