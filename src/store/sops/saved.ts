import type { AccountId, Saved } from "../store.ts";
import { findAccount, OURS } from "./accounts.ts";
import { generationOf } from "./generation.ts";
import { decodeFields } from "./record.ts";
import type { Decrypted } from "./verified.ts";
import { verifyErrors } from "./verified.ts";

/** An account's record in a verified file, undefined when it has none. */
export function savedIn(file: Decrypted, id: AccountId, path: string): Saved | undefined {
  const { service, account } = findAccount(file.root, id);
  if (!service || !account) return undefined;
  const keys = [OURS, service.key, account.key];
  const fields = verifyErrors(path, () => decodeFields(account.value, file.byNode, keys));
  return { fields, generation: generationOf(account.value) };
}
