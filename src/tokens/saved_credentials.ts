import { isVantageError } from "../errors.ts";
import type { AccountId, Store } from "../store/store.ts";
import type { Credentials } from "./session.ts";
import { decodeCredentials } from "./session.ts";

/** What a store has of an account, empty where it has nothing. Throws `store_…`. */
export async function savedCredentials(store: Store, id: AccountId): Promise<Credentials> {
  return decodeCredentials(id, (await store.get(id))?.fields);
}

/** The same for who is about to replace the record: one that cannot be read counts as empty. */
export async function readableCredentials(store: Store, id: AccountId): Promise<Credentials> {
  try {
    return await savedCredentials(store, id);
  } catch (error) {
    if (isVantageError(error, "store_corrupt", "store_insecure", "store_newer")) return {};
    throw error;
  }
}
