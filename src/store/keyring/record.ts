import * as v from "valibot";
import { VantageError } from "../../errors.ts";
import type { AccountId, Saved } from "../store.ts";
import { formatAccount } from "../store.ts";

/** The newest layout of a record that we read. */
const VERSION = 1;

const Envelope = v.looseObject({
  version: v.pipe(v.number(), v.integer()),
  generation: v.pipe(v.number(), v.safeInteger()),
  service: v.string(),
  account: v.string(),
});

/** A record as the text of an item, which is ASCII: a part of it is then valid text as well. */
export function encodeRecord(id: AccountId, { fields, generation }: Saved): string {
  return toAscii({ version: VERSION, generation, ...id, ...fields });
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
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt(name, "it is not JSON"); // no cause: it would quote the content
  }
  // Taken as it is: a parsed copy would lack what valibot holds for dangerous names.
  if (!v.is(Envelope, json)) throw corrupt(name, "it is not a record of vantage");
  const { version, generation, service, account, ...fields } = json;
  if (version > VERSION) {
    throw new VantageError("store_newer", `Cannot read '${name}': a newer vantage wrote it`, {
      hint: "Update vantage, or log in again with `vantage login --force`",
    });
  }
  if (service !== id.service || account !== id.account) {
    throw corrupt(name, `it belongs to '${formatAccount({ service, account })}'`);
  }
  return { fields, generation };
}

/** The error for an item of the keyring that does not hold what vantage wrote. */
export function corrupt(name: string, why: string): VantageError {
  return new VantageError("store_corrupt", `Cannot use '${name}' in the keyring: ${why}`, {
    hint: "Log in again with `vantage login`; what is left of it is kept beside the new one",
  });
}
