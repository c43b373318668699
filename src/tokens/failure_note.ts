import * as v from "valibot";
import type { ErrorCode } from "../errors.ts";
import { ERROR_CODES, isVantageError, VantageError } from "../errors.ts";
import type { RenewalOutcome } from "../oauth/token_set.ts";
import { scrub } from "../secret.ts";
import type { AccountLock } from "../store/store.ts";
import type { Clock } from "../system.ts";

/** A longer `Retry-After` is not remembered, so that a bad one cannot lock anybody out. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

const Note = v.object({
  generation: v.optional(v.number()),
  failed_at: v.number(),
  retry_at: v.optional(v.number()),
  code: v.pipe(v.string(), v.check((code) => code in ERROR_CODES)),
  message: v.string(),
});

/**
 * Leaves a passing failure for those who wait for the lock: two hundred processes that meet a
 * dead provider ask it once, not two hundred times in a row.
 */
export async function recordFailure(
  lock: AccountLock,
  clock: Clock,
  generation: number | undefined,
  outcome: Extract<RenewalOutcome, { kind: "transient" }>,
): Promise<void> {
  const { error, retryAfterMs } = outcome;
  const now = clock.now();
  const note: v.InferInput<typeof Note> = {
    ...(generation !== undefined && { generation }),
    failed_at: now,
    ...(retryAfterMs !== undefined && { retry_at: now + retryAfterMs }),
    code: isVantageError(error) ? error.code : "network",
    message: scrub(error.message),
  };
  // The note only spares requests; where it cannot be written, everything works without it.
  await lock.writeNote(JSON.stringify(note)).catch(() => {});
}

/**
 * The failure to share instead of asking the provider again: one that happened while we waited
 * (`since`), or one whose `Retry-After` has not passed. Undefined when the provider is to be asked.
 */
export async function readFailure(
  lock: AccountLock,
  clock: Clock,
  generation: number | undefined,
  options: { since: number | undefined },
): Promise<VantageError | undefined> {
  const text = await lock.readNote().catch(() => "");
  if (text === "") return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), text);
  if (!parsed.success || parsed.output.generation !== generation) return undefined;
  const { failed_at, retry_at, code, message } = parsed.output;
  const now = clock.now();
  const whileWeWaited = options.since !== undefined && failed_at >= options.since &&
    failed_at <= now;
  const askedToWait = retry_at !== undefined && failed_at <= now && retry_at > now &&
    retry_at - failed_at <= LONGEST_RETRY_AFTER_MS;
  if (!whileWeWaited && !askedToWait) return undefined;
  return new VantageError(code as ErrorCode, message, {
    hint: askedToWait
      ? `The provider asked to wait: try again in ${Math.ceil((retry_at - now) / 1000)} s`
      : "Run the command again",
  });
}
