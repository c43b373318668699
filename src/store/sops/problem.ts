import { VantageError } from "../../errors.ts";
import { TreeError } from "./node.ts";

/** The file does not verify: somebody without its key changed it, or took a part of it elsewhere. */
export function tampered(path: string, why: string): VantageError {
  return new VantageError("store_tampered", `Refusing to use ${path}: ${why}`, {
    hint: "Nothing was written. Look at its history, and restore it with `git checkout`",
  });
}

/** The file is damaged, or is none that we can use. */
export function unusable(path: string, why: string, hint?: string): VantageError {
  return new VantageError("store_format", `Cannot use ${path}: ${why}`, {
    hint: hint ??
      "Nothing was written. Restore the file with `git checkout`, or see what `sops decrypt` says",
  });
}

/** The file cannot be decrypted, or encrypted so that it can be decrypted again. */
export function keyProblem(message: string, hint: string): VantageError {
  return new VantageError("store_key", message, { hint });
}

/** Runs `operation`; a text that is no tree becomes the file's error. */
export function treeErrors<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (error instanceof TreeError) throw unusable(path, error.message);
    throw error;
  }
}
