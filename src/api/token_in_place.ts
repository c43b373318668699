import { isVantageError } from "../errors.ts";
import type { AccessToken, TokenSource } from "../tokens/source.ts";

/**
 * A token in place of one that was refused; undefined where there can be none. Another command
 * may have renewed it meanwhile, so that many that were refused together refresh once.
 */
export async function tokenInPlaceOf(
  refused: AccessToken,
  tokens: TokenSource,
): Promise<AccessToken | undefined> {
  try {
    const token = await tokens.token({ refused: refused.value });
    return token.value.equals(refused.value) ? undefined : token; // VANTAGE_TOKEN, an API key
  } catch (error) {
    if (isVantageError(error, "session_expired")) return undefined; // it has no refresh token
    throw error;
  }
}
