import { isVantageError, toVantageError } from "../errors.ts";
import type { RenewalOutcome, TokenSet } from "../oauth/token_set.ts";
import type { Secret } from "../secret.ts";
import type { AccountId, AccountLock, Saved, Store } from "../store/store.ts";
import type { Clock } from "../system.ts";
import { lockAccount } from "./account_lock.ts";
import { readFailure, recordFailure } from "./failure_note.ts";
import { loginNeeded } from "./login_needed.ts";
import { renewPatiently } from "./renewal.ts";
import type { Credentials, Grant, Session } from "./session.ts";
import { decodeCredentials, encodeCredentials } from "./session.ts";
import type { AccessToken, TokenRequest, TokenSource } from "./source.ts";
import { accessToken, readyToken } from "./ready_token.ts";
import type { Threshold, TokenState } from "./state.ts";
import { tokenState, withoutRefused } from "./state.ts";

/** What the manager works with. `store` and `oauth` meet here and nowhere else. */
export interface TokenManagerParts {
  readonly id: AccountId;
  readonly store: Store;
  readonly clock: Clock;
  /** What a session has to be granted for. Throws where the settings do not say. */
  readonly grant: () => Grant;
  /** The account's API key where that is kept in another store. */
  readonly apiKey: () => Promise<Secret | undefined>;
  readonly threshold: Threshold;
  /** Renews once. The session is undefined only where {@link unattended}. */
  readonly renew: (session: Session | undefined) => Promise<RenewalOutcome>;
  /** A session can be had without a person (client credentials). */
  readonly unattended: boolean;
  /** Tells of a failure that was dealt with, and where an old token is used, what it was. */
  readonly warn: (text: string, failure?: Error) => void;
  /** Ends the waiting, never a request: an answer that nobody reads is a session lost. */
  readonly interrupted: AbortSignal;
}

/** An account's record and what it amounts to at the moment it was read. */
interface Look {
  readonly saved: Saved | undefined;
  readonly credentials: Credentials;
  readonly state: TokenState;
}

/** The token life of one account: read, judge, and where it is due, renew once under the lock. */
export class TokenManager implements TokenSource {
  readonly #parts: TokenManagerParts;

  constructor(parts: TokenManagerParts) {
    this.#parts = parts;
  }

  async token(request: TokenRequest = {}): Promise<AccessToken> {
    const look = await this.#look(request);
    const ready = request.force ? undefined : readyToken(look.state);
    if (ready) return ready;
    const session = await this.#session(look, request);
    const remaining = session.expiresAt - this.#parts.clock.now();
    const isNew = session.obtainedAt !== sessionOf(look.state)?.obtainedAt;
    if (isNew && request.minTtlMs !== undefined && remaining < request.minTtlMs) {
      this.#parts.warn("The provider's tokens do not live as long as was asked for");
    }
    return accessToken(session);
  }

  /** What a command would find now, without network. */
  async state(request: TokenRequest = {}): Promise<TokenState> {
    return (await this.#look(request)).state;
  }

  /** Throws what {@link session} would where a person has to log in. No network. */
  async requireNoLogin(): Promise<void> {
    const { state } = await this.#look({});
    if (state.kind !== "fresh" && state.kind !== "key" && !this.isRenewable(state)) {
      throw loginNeeded(this.#parts.id, state);
    }
  }

  /**
   * A session whose access token may be used. Throws `not_logged_in`, `session_…` when a person
   * has to log in, `network`, `provider_…` when the provider fails and no token lives, `store_…`.
   */
  async session(request: TokenRequest = {}): Promise<Session> {
    return await this.#session(await this.#look(request), request);
  }

  async #session(look: Look, request: TokenRequest): Promise<Session> {
    if (look.state.kind === "fresh" && !request.force) return look.state.session;
    if (!this.isRenewable(look.state)) throw loginNeeded(this.#parts.id, look.state);
    try {
      return await this.#renewed(look, request);
    } catch (failure) {
      return await this.#useOld(request, failure);
    }
  }

  /** Renews under the account's lock, unless somebody else did while we waited for it. */
  async #renewed(first: Look, request: TokenRequest): Promise<Session> {
    const { id, clock, interrupted } = this.#parts;
    const askedAt = clock.now();
    await using lock = await lockAccount(this.#parts, "write", { signal: interrupted });
    const look = await this.#look(request);
    const theirs = newerSession(look.state, first.state);
    if (theirs) return theirs;
    if (!this.isRenewable(look.state)) throw loginNeeded(id, look.state);

    const shared = await readFailure(lock, clock, look.saved?.generation, askedAt);
    if (shared) throw shared;
    await lock.reserve();
    interrupted.throwIfAborted();
    const before = sessionOf(look.state);
    const outcome = await this.#toItsEnd(() =>
      renewPatiently(() => this.#parts.renew(before), clock, interrupted)
    );
    if (outcome.kind === "renewed") return await this.#save(lock, look, outcome.tokens);
    if (outcome.kind === "refused" && !this.#parts.unattended) {
      return await this.#endSession(lock, look, outcome.error);
    }
    await recordFailure(lock, clock, look.saved?.generation, outcome);
    throw outcome.error;
  }

  /** Does not break off what may hold the next refresh token, and tells who presses Ctrl-C so. */
  async #toItsEnd<T>(operation: () => Promise<T>): Promise<T> {
    const { interrupted, warn } = this.#parts;
    const explain = () =>
      warn("Waiting for the provider's answer, to keep the session. Ctrl-C again gives it up");
    interrupted.addEventListener("abort", explain, { once: true });
    try {
      return await operation();
    } finally {
      interrupted.removeEventListener("abort", explain);
    }
  }

  async #look(request: TokenRequest): Promise<Look> {
    const { id, store, clock, grant, unattended } = this.#parts;
    const saved = await store.get(id);
    const credentials = await this.#withApiKey(decodeCredentials(id, saved?.fields));
    const threshold = request.minTtlMs === undefined
      ? this.#parts.threshold
      : { ms: request.minTtlMs, isDefault: false };
    const state = tokenState(credentials, grant, threshold, clock.now(), unattended);
    return { saved, credentials, state: withoutRefused(state, request.refused) };
  }

  async #withApiKey(credentials: Credentials): Promise<Credentials> {
    if (credentials.session) return credentials;
    const apiKey = credentials.apiKey ?? await this.#parts.apiKey();
    return apiKey ? { ...credentials, apiKey } : credentials;
  }

  /** Whether a token can be had in place of the one there is, without a person. */
  isRenewable(state: TokenState): boolean {
    return this.#parts.unattended && state.kind !== "key" ||
      (state.kind === "due" || state.kind === "fresh") && state.session.refreshToken !== undefined;
  }

  /** Guarantee 4: on disk before anyone sees it, and never over a newer record. */
  async #save(lock: AccountLock, look: Look, tokens: TokenSet): Promise<Session> {
    const before = sessionOf(look.state);
    const session: Session = {
      ...tokens,
      grant: before?.grant ?? this.#parts.grant(),
      scopesChosen: before?.scopesChosen ?? false,
    };
    const { ended: _over, ...kept } = look.credentials;
    try {
      await lock.set(encodeCredentials({ ...kept, session }), look.saved?.generation);
    } catch (error) {
      const theirs = isVantageError(error, "store_conflict") && await this.#newerThan(look);
      if (theirs) return theirs;
      throw error;
    }
    return session;
  }

  /** Guarantee 6: a refusal counts only while the store still holds what was refused. */
  async #endSession(lock: AccountLock, look: Look, refusal: Error): Promise<Session> {
    const { id, clock } = this.#parts;
    const theirs = await this.#newerThan(look);
    if (theirs) return theirs;
    const { session: _over, ...kept } = look.credentials;
    const ended = { at: clock.now(), reason: refusal.message };
    // Throws `store_conflict` where the record is another one by now, and leaves it alone.
    await lock.set(encodeCredentials({ ...kept, ended }), look.saved?.generation);
    throw loginNeeded(id, { kind: "ended", reason: ended.reason }, refusal);
  }

  async #newerThan(look: Look): Promise<Session | undefined> {
    return newerSession((await this.#look({})).state, look.state);
  }

  /** Guarantee 5: while the saved token still lives it is used, unless a new one was demanded. */
  async #useOld(request: TokenRequest, failure: unknown): Promise<Session> {
    const { interrupted, warn } = this.#parts;
    if (request.force || interrupted.aborted) throw failure;
    // Read and judged anew: it may have been removed, or have died while we tried.
    const session = usableSession((await this.#look(request)).state);
    if (!session) throw failure;
    const error = toVantageError(failure);
    warn(usesOldToken(error.message), error);
    return session;
  }
}

/** What a person is told who gets a token that could not be renewed. */
export const usesOldToken = (why: string): string =>
  `Using the saved token, which still lives: ${why}`;

const sessionOf = (state: TokenState) => "session" in state ? state.session : undefined;

/** The session whose access token can be used as it is, however soon it ends. */
function usableSession(state: TokenState): Session | undefined {
  return state.kind === "fresh" || state.kind === "due" && state.usable ? state.session : undefined;
}

/** A session that can be used and that was not there `before`: somebody else made it. */
function newerSession(now: TokenState, before: TokenState): Session | undefined {
  const session = usableSession(now);
  const old = sessionOf(before);
  const isSame = session?.obtainedAt === old?.obtainedAt &&
    session?.accessToken.equals(old?.accessToken);
  return isSame ? undefined : session;
}
