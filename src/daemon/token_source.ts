import { isVantageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { AccountId } from "../store/store.ts";
import type { AccessToken, TokenRequest, TokenSource } from "../tokens/source.ts";
import type { ClientSystem } from "./client.ts";
import { callDaemon, NoDaemon } from "./client.ts";
import type { Result } from "./methods.ts";
import { LONGEST_TTL_S } from "./methods.ts";

interface DaemonTokensParts {
  readonly system: ClientSystem;
  /** The daemon's socket. */
  readonly socket: string;
  readonly interrupted: AbortSignal;
  readonly id: AccountId;
  /** What our own settings of the account amount to: see `settingsFingerprint`. */
  readonly settings: string;
  /** The account's record itself, for where no daemon answers or where it has other settings. */
  readonly direct: () => Promise<TokenSource>;
  readonly warn: (text: string) => void;
}

/**
 * Tokens by way of the daemon. Where there is none, the account's record is used and nothing is
 * said; what the daemon refuses is refused.
 */
export class DaemonTokens implements TokenSource {
  readonly #parts: DaemonTokensParts;

  constructor(parts: DaemonTokensParts) {
    this.#parts = parts;
  }

  async token(request: TokenRequest = {}): Promise<AccessToken> {
    const { direct, warn } = this.#parts;
    try {
      return this.#accessToken(await this.#ask(request));
    } catch (error) {
      if (error instanceof NoDaemon) {
        if (error.why === "silent") warn("The daemon does not answer: going on without it");
      } else if (!isVantageError(error, "daemon_differs")) throw error;
      return await (await direct()).token(request);
    }
  }

  async #ask({ force = false, refused, minTtlMs }: TokenRequest): Promise<Result<"get_token">> {
    const { id, settings } = this.#parts;
    if (force || refused) {
      return await callDaemon(this.#parts, "refresh_token", {
        ...id,
        settings,
        ...(refused && !force && { refused: refused.expose() }),
      });
    }
    return await callDaemon(this.#parts, "get_token", {
      ...id,
      settings,
      ...(minTtlMs !== undefined && {
        min_ttl: Math.min(Math.ceil(minTtlMs / 1000), LONGEST_TTL_S),
      }),
    });
  }

  #accessToken({ access_token, token_type, expires_at, warning }: Result<"get_token">) {
    if (warning !== undefined) this.#parts.warn(warning);
    return {
      value: new Secret(access_token),
      type: token_type,
      expiresAt: expires_at === null ? undefined : Date.parse(expires_at),
    };
  }
}
