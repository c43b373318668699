import { VantageError } from "../../src/errors.ts";
import type { RenewalOutcome, TokenSet } from "../../src/oauth/token_set.ts";
import { Secret } from "../../src/secret.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { TokenManager, type TokenManagerParts } from "../../src/tokens/manager.ts";
import type { Credentials, Grant, Session } from "../../src/tokens/session.ts";
import { decodeCredentials, encodeCredentials } from "../../src/tokens/session.ts";
import { ID, take } from "../store/contract.ts";
import { ManualClock } from "./manual_clock.ts";

export const HOUR_MS = 3_600_000;
export const GRANT: Grant = {
  issuer: "https://id.example.com",
  clientId: "cli",
  scopes: ["openid"],
  dpop: false,
};

export const transient = (
  facts: { answerLost?: boolean; retryAfterMs?: number } = {},
): RenewalOutcome => ({
  kind: "transient",
  error: new VantageError("provider_unavailable", "The provider is down"),
  answerLost: false,
  ...facts,
});
export const refused: RenewalOutcome = {
  kind: "refused",
  error: new VantageError("client_refused", "invalid_grant"),
};
export const rejected: RenewalOutcome = {
  kind: "rejected",
  error: new VantageError("client_refused", "invalid_client"),
};

/** A provider with rotating refresh tokens, a store, and managers over them in made-up time. */
export class World {
  readonly clock = new ManualClock();
  readonly store: Store = memoryStore(this.clock);
  readonly warnings: string[] = [];
  /** The refresh tokens that were sent, in order. */
  readonly sent: (string | undefined)[] = [];
  readonly interruption = new AbortController();
  /** What the provider answers; a new token unless told. */
  answer: (session: Session | undefined) => RenewalOutcome | Promise<RenewalOutcome> = () =>
    this.renewed();
  #issued = 0;

  /** New tokens of the provider. */
  renewed(life = HOUR_MS): RenewalOutcome {
    return { kind: "renewed", tokens: this.tokens(life) };
  }

  tokens(life = HOUR_MS): TokenSet & { readonly refreshToken: Secret } {
    this.#issued++;
    return {
      accessToken: new Secret(`access-${this.#issued}`),
      tokenType: "Bearer",
      obtainedAt: this.clock.now(),
      expiresAt: this.clock.now() + life,
      refreshToken: new Secret(`refresh-${this.#issued}`),
    };
  }

  session(life = HOUR_MS): Session & { readonly refreshToken: Secret } {
    return { ...this.tokens(life), grant: GRANT, scopesChosen: false };
  }

  /** Puts a record into the store as another process does: under the lock unless told. */
  async save(credentials: Credentials): Promise<void> {
    await using lock = await take(this.store);
    await lock.set(encodeCredentials(credentials), "any");
  }

  async saved(): Promise<Credentials & { readonly generation: number | undefined }> {
    const saved = await this.store.get(ID);
    return { ...decodeCredentials(ID, saved?.fields), generation: saved?.generation };
  }

  manager(change: Partial<TokenManagerParts> = {}): TokenManager {
    return new TokenManager({
      id: ID,
      store: this.store,
      clock: this.clock,
      grant: () => GRANT,
      apiKey: () => Promise.resolve(undefined),
      threshold: { ms: 5 * 60_000, isDefault: true },
      unattended: false,
      interrupted: this.interruption.signal,
      renew: async (session) => {
        this.sent.push(session?.refreshToken?.expose());
        return await this.answer(session);
      },
      warn: (text) => this.warnings.push(text),
      ...change,
    });
  }

  /** Waits for `work` while time passes. */
  async settle<T>(work: Promise<T>): Promise<T> {
    await this.clock.passUntil(work);
    return await work;
  }
}
