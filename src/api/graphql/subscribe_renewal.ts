import type { ErrorCode } from "../../errors.ts";
import { isVantageError } from "../../errors.ts";
import type { AccessToken } from "../../tokens/source.ts";
import type { SubscribeParts } from "./subscribe_connection.ts";

/** A connection gets its next token so long before the one it has ends… */
const RENEW_BEFORE_MS = 10_000;
/** …but after most of its life, however short that is. */
const MOST_OF_LIFE = 3 / 4;
/** A clock may be set and a machine may sleep: the time is looked at this often. */
const LOOK_MS = 10_000;
/** Until the provider is asked again that gave no other token. */
const ASK_AGAIN_MS = 5_000;

/** What a token source throws that may be otherwise in a moment. */
export const PASSING: readonly ErrorCode[] = [
  "network",
  "provider_unavailable",
  "provider_answer",
  "lock_timeout",
];

type RenewalParts = Pick<SubscribeParts, "token" | "clock" | "detail">;

/**
 * Waits until a connection needs another token, and returns that; undefined at once where nobody
 * knows when the one it has ends. While the provider fails it is asked again and again: the
 * connection may live on. Throws what the token source throws, and the signal's reason.
 */
export async function nextToken(
  current: AccessToken,
  { token, clock, detail }: RenewalParts,
  signal: AbortSignal,
): Promise<AccessToken | undefined> {
  if (current.expiresAt === undefined) return undefined;
  const life = Math.max(0, current.expiresAt - clock.now());
  const before = Math.min(RENEW_BEFORE_MS, life * (1 - MOST_OF_LIFE));
  for (;;) {
    const left = current.expiresAt - before - clock.now();
    if (left > 0) {
      await clock.sleep(Math.min(left, LOOK_MS), signal);
      continue;
    }
    try {
      // Not by force: whoever renewed it meanwhile has done it for us too.
      const next = await token.token({ minTtlMs: Math.ceil(before) + 1 });
      if (!next.value.equals(current.value)) return next;
    } catch (error) {
      if (!isVantageError(error, ...PASSING)) throw error;
      detail(`The token is about to end: ${error.message}`);
    }
    await clock.sleep(ASK_AGAIN_MS, signal);
  }
}
