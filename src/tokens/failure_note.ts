import * as v from "valibot";
import type { ErrorCode } from "../errors.ts";
import { ERROR_CODES, toVantageError, VantageError } from "../errors.ts";
import { scrub } from "../secret.ts";
import type { AccountLock } from "../store/store.ts";
import type { Clock } from "../system.ts";

/** A longer `Retry-After` is remembered for this long only, so that a bad one locks nobody out. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

const Note = v.object({
  generation: v.optional(v.number()),
  failed_at: v.number(),
  retry_at: v.optional(v.number()),
  code: v.pipe(v.string(), v.check((code) => Object.hasOwn(ERROR_CODES, code))),
  message: v.string(),
  hint: v.optional(v.string()),
});

/**
 * Leaves a failure for those who wait for the lock: two hundred processes that meet a dead
 * provider ask it once, not two hundred times in a row.
 */
export async function recordFailure(
  lock: AccountLock,
  clock: Clock,
  generation: number | undefined,
  outcome: { readonly error: Error; readonly retryAfterMs?: number },
): Promise<void> {
  const { code, message, hint } = toVantageError(outcome.error);
  const now = clock.now();
  const note: v.InferInput<typeof Note> = {
    ...(generation !== undefined && { generation }),
    failed_at: now,
    ...(outcome.retryAfterMs !== undefined && {
      retry_at: now + Math.min(outcome.retryAfterMs, LONGEST_RETRY_AFTER_MS),
    }),
    code,
    message: scrub(message),
    ...(hint !== undefined && { hint: scrub(hint) }),
  };
  // The note only spares requests; where it cannot be written, everything works without it.
  await lock.writeNote(JSON.stringify(note)).catch(() => {});
}

/**
 * The failure to share instead of asking the provider again: one that happened after `since`,
 * when we began to wait, or one whose `Retry-After` has not passed. Undefined when the provider
 * is to be asked.
 */
export async function readFailure(
  lock: AccountLock,
  clock: Clock,
  generation: number | undefined,
  since: number,
): Promise<VantageError | undefined> {
  const text = await lock.readNote().catch(() => "");
  if (text === "") return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), text);
  if (!parsed.success || parsed.output.generation !== generation) return undefined;
  const { failed_at, retry_at = failed_at, code, message, hint } = parsed.output;
  const now = clock.now();
  // A note from the future, or one that reaches too far into it: the clock was set meanwhile.
  if (failed_at > now || retry_at - failed_at > LONGEST_RETRY_AFTER_MS) return undefined;
  const failure = (hint: string | undefined) =>
    new VantageError(code as ErrorCode, message, hint === undefined ? {} : { hint });
  if (retry_at > now) {
    const seconds = Math.ceil((retry_at - now) / 1000);
    return failure(`The provider asked to wait: try again in ${seconds} s`);
  }
  return failed_at > since ? failure(hint) : undefined;
}
