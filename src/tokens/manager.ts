import { isVantageError, VantageError } from "../errors.ts";
import type { RenewalOutcome, TokenSet } from "../oauth/token_set.ts";
import type { AccountId, AccountLock, Saved, Store } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";
import type { Clock } from "../system.ts";
import { takeLock } from "./account_lock.ts";
import { readFailure, recordFailure } from "./failure_note.ts";
import { renewPatiently } from "./renewal.ts";
import type { Credentials, Grant, Session } from "./session.ts";
import { decodeCredentials, encodeCredentials } from "./session.ts";
import type { AccessToken, TokenRequest, TokenSource } from "./source.ts";
import type { Threshold, TokenState } from "./state.ts";
import { tokenState } from "./state.ts";

/** What the manager works with. `store` and `oauth` meet here and nowhere else. */
export interface TokenManagerParts {
  readonly id: AccountId;
  readonly store: Store;
  readonly clock: Clock;
  readonly grant: Grant;
  readonly threshold: Threshold;
  /** Renews once. The session is undefined only where {@link unattended}. */
  readonly renew: (session: Session | undefined) => Promise<RenewalOutcome>;
  /** A session can be had without a person (client credentials). */
  readonly unattended: boolean;
  readonly warn: (text: string) => void;
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
    const session = await this.session(request);
    const remaining = session.expiresAt - this.#parts.clock.now();
    if (request.minTtlMs !== undefined && remaining < request.minTtlMs) {
      this.#parts.warn("The provider's tokens do not live as long as was asked for");
    }
    return {
      value: session.accessToken,
      type: session.tokenType,
      expiresAt: session.expiresAt,
      ...(session.dpopKey && { dpopKey: session.dpopKey }),
    };
  }

  /** What a command would find now, without network. */
  async state(request: TokenRequest = {}): Promise<TokenState> {
    return (await this.#look(request)).state;
  }

  /** Throws what {@link session} would where a person has to log in. No network. */
  async requireNoLogin(): Promise<void> {
    const { state } = await this.#look({});
    if (state.kind !== "fresh" && !this.#isRenewable(state)) {
      throw loginNeeded(this.#parts.id, state);
    }
  }

  /**
   * A session whose access token may be used. Throws `not_logged_in`, `session_…` when a person
   * has to log in, `network`, `provider_…` when the provider fails and no token lives, `store_…`.
   */
  async session(request: TokenRequest = {}): Promise<Session> {
    const first = await this.#look(request);
    if (first.state.kind === "fresh" && !request.force) return first.state.session;
    if (!this.#isRenewable(first.state)) throw loginNeeded(this.#parts.id, first.state);

    const waitingSince = this.#parts.clock.now();
    const turn = await takeLock(this.#parts, "write", {
      signal: this.#parts.interrupted,
      meanwhile: async () => servedBySomeoneElse(first, await this.#look(request)),
    });
    if ("result" in turn) return turn.result;
    await using lock = turn.lock;

    const look = await this.#look(request);
    const served = servedBySomeoneElse(first, look);
    if (served) return served;
    if (!this.#isRenewable(look.state)) throw loginNeeded(this.#parts.id, look.state);

    const failed = await readFailure(lock, this.#parts.clock, look.saved?.generation, {
      since: turn.waited ? waitingSince : undefined,
    });
    if (failed) return this.#useOld(look.state, request, failed);
    try {
      await lock.reserve();
    } catch (error) {
      return this.#useOld(look.state, request, error);
    }

    const before = "session" in look.state ? look.state.session : undefined;
    const outcome = await renewPatiently(
      () => this.#parts.renew(before),
      this.#parts.clock,
      this.#parts.interrupted,
    );
    switch (outcome.kind) {
      case "renewed":
        return await this.#save(lock, look, outcome.tokens);
      case "refused":
        return await this.#endSession(lock, look, outcome.error);
      case "rejected":
        throw outcome.error;
      case "transient":
        await recordFailure(lock, this.#parts.clock, look.saved?.generation, outcome);
        return this.#useOld(look.state, request, outcome.error);
    }
  }

  async #look(request: TokenRequest): Promise<Look> {
    const { id, store, clock, grant, unattended } = this.#parts;
    const saved = await store.get(id);
    const credentials = decodeCredentials(id, saved?.fields);
    const threshold = request.minTtlMs === undefined
      ? this.#parts.threshold
      : { ms: request.minTtlMs, isDefault: false };
    return {
      saved,
      credentials,
      state: tokenState(credentials, grant, threshold, clock.now(), unattended),
    };
  }

  #isRenewable(state: TokenState): boolean {
    return this.#parts.unattended ||
      (state.kind === "due" || state.kind === "fresh") && state.session.refreshToken !== undefined;
  }

  /** Guarantee 4: on disk before anyone sees it, and never over a newer record. */
  async #save(
    lock: AccountLock,
    look: Look,
    tokens: TokenSet,
  ): Promise<Session> {
    const before = "session" in look.state ? look.state.session : undefined;
    const session: Session = {
      ...tokens,
      grant: before?.grant ?? this.#parts.grant,
      scopesChosen: before?.scopesChosen ?? false,
    };
    const { ended: _over, ...kept } = look.credentials;
    try {
      await lock.set(encodeCredentials({ ...kept, session }), look.saved?.generation);
    } catch (error) {
      if (!isVantageError(error, "store_conflict")) throw error;
      const newer = (await this.#look({})).state;
      if (newer.kind === "fresh" || newer.kind === "due" && newer.usable) return newer.session;
      throw error;
    }
    return session;
  }

  /** Guarantee 6: a refusal counts only while the store still holds what was refused. */
  async #endSession(lock: AccountLock, look: Look, refusal: Error): Promise<Session> {
    const { id, clock, unattended } = this.#parts;
    if (unattended) throw refusal;
    const now = await this.#look({});
    if (now.saved?.generation !== look.saved?.generation) {
      if (now.state.kind === "fresh" || now.state.kind === "due" && now.state.usable) {
        return now.state.session;
      }
      throw new VantageError(
        "store_conflict",
        `The account '${formatAccount(id)}' changed meanwhile`,
        {
          hint: "Run the command again",
          cause: refusal,
        },
      );
    }
    const { session: _over, ...kept } = look.credentials;
    const ended = { at: clock.now(), reason: refusal.message };
    await lock.set(encodeCredentials({ ...kept, ended }), look.saved?.generation);
    throw loginNeeded(id, { kind: "ended", reason: ended.reason }, refusal);
  }

  /** Guarantee 5: while the old token still lives it is used, unless a new one was demanded. */
  #useOld(state: TokenState, request: TokenRequest, failure: unknown): Session {
    const lives = state.kind === "fresh" || state.kind === "due" && state.usable;
    if (lives && !request.force) {
      const why = failure instanceof Error ? failure.message : String(failure);
      this.#parts.warn(`Using the saved token, which still lives: ${why}`);
      return state.session;
    }
    throw failure;
  }
}

/** The session another process made since `first` was read, if it can be used. */
function servedBySomeoneElse(first: Look, now: Look): Session | undefined {
  if (now.saved?.generation === first.saved?.generation) return undefined;
  if (now.state.kind === "fresh" || now.state.kind === "due" && now.state.usable) {
    return now.state.session;
  }
  return undefined;
}

/** The error for a state that only a person can mend. */
export function loginNeeded(id: AccountId, state: TokenState, cause?: unknown): VantageError {
  const name = formatAccount(id);
  const profile = id.service === "vantage" ? ` -p ${id.account}` : ` ${id.service} ${id.account}`;
  const options = { hint: `Run \`vantage login${profile}\``, cause };
  switch (state.kind) {
    case "ended":
      return new VantageError(
        "session_ended",
        `The provider no longer accepts the saved session of '${name}': ${state.reason}`,
        options,
      );
    case "changed":
      return new VantageError(
        "session_changed",
        `The saved session of '${name}' is for another '${state.what}' than the settings now say`,
        options,
      );
    case "expired":
      return new VantageError(
        "session_expired",
        `The token of '${name}' has expired and cannot be refreshed`,
        options,
      );
    case "fresh":
    case "due":
      return new VantageError(
        "session_expired",
        `The session of '${name}' cannot be refreshed: the provider gave no refresh token`,
        options,
      );
    case "none":
      return new VantageError("not_logged_in", `Not logged in to '${name}'`, options);
  }
}
