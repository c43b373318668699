import { VantageError } from "../../errors.ts";
import { parseRecord, recordJson } from "../record.ts";
import type { AccountId, Saved } from "../store.ts";

/** A record as the text of an item, which is ASCII: a part of it is then valid text as well. */
export function encodeRecord(id: AccountId, saved: Saved): string {
  return toAscii(recordJson(id, saved));
}

/** Any JSON value in ASCII. */
export function toAscii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** The record in the item `name`. Throws `store_corrupt` and `store_newer`. */
export function decodeRecord(name: string, text: string, id: AccountId): Saved {
  return parseRecord(text, id, `'${name}'`, (why) => corrupt(name, why));
}

/** The error for an item of the keyring that does not hold what vantage wrote. */
export function corrupt(name: string, why: string): VantageError {
  return new VantageError("store_corrupt", `Cannot use '${name}' in the keyring: ${why}`, {
    hint: "Log in again with `vantage login`; what is left of it is kept beside the new one",
  });
}
