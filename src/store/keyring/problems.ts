import { VantageError } from "../../errors.ts";

const KEEP_FILES = "keep the tokens in files: vantage profile set store file";

/** There is no keyring here, or nothing that serves it. `how` says how to get one. */
export function missing(why: string, how: string, cause?: unknown): VantageError {
  return new VantageError("store_missing", `Cannot use the keyring: ${why}`, {
    cause,
    hint: `${how}, or ${KEEP_FILES}`,
  });
}

export function locked(cause?: unknown): VantageError {
  return new VantageError("store_locked", "Cannot use the keyring: it is locked", {
    cause,
    hint: `Unlock it, for example by logging in to the desktop, or ${KEEP_FILES}`,
  });
}

export function unresponsive(cause?: unknown): VantageError {
  return new VantageError("store_unresponsive", "Cannot use the keyring: it does not answer", {
    cause,
    hint: `See whether it waits for an answer of yours, restart it, or ${KEEP_FILES}`,
  });
}

export function unusable(why: string, cause?: unknown): VantageError {
  return new VantageError("store_unusable", `Cannot use the keyring: ${why}`, {
    cause,
    hint: `Run the command again, or ${KEEP_FILES}`,
  });
}
