import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import type { NamedAccount } from "../config/account_name.ts";
import { EXIT, isVantageError, VantageError } from "../errors.ts";
import type { AccessToken } from "../tokens/source.ts";

export type TokenFormat = "raw" | "header" | "json" | "env";

export interface TokenOptions {
  readonly refresh?: boolean;
  /** Milliseconds. */
  readonly minTtl?: number;
  readonly format?: TokenFormat;
  readonly check?: boolean;
}

export interface TokenResult {
  /** Absent with `--check`, which answers by the exit status alone. */
  readonly token?: AccessToken;
  readonly format: TokenFormat;
  /** The answer of `--check`. */
  readonly needsLogin?: boolean;
}

/** `vantage token`: a valid access token. Throws what the token source throws. */
export async function token(
  app: App,
  named: NamedAccount,
  options: TokenOptions,
): Promise<TokenResult> {
  const format = options.format ?? "raw";
  const account = await app.target(named);
  if (options.check) {
    if (options.refresh) {
      throw new VantageError("usage", "Options --check and --refresh exclude each other");
    }
    return { format, needsLogin: await needsLogin(app, account) };
  }
  const token = await (await app.tokenSource(account)).token({
    ...(options.refresh && { force: true }),
    ...(options.minTtl !== undefined && { minTtlMs: options.minTtl }),
  });
  return { token, format };
}

async function needsLogin(app: App, account: Account): Promise<boolean> {
  try {
    await app.requireNoLogin(account);
    return false;
  } catch (error) {
    if (isVantageError(error) && error.exitStatus === EXIT.login) return true;
    throw error;
  }
}
