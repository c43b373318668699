import * as v from "valibot";
import { VantageError } from "../errors.ts";
import type { AccountId, Saved } from "./store.ts";
import { formatAccount } from "./store.ts";

/** The newest layout of a record that we read. */
const VERSION = 1;

const Envelope = v.looseObject({
  version: v.pipe(v.number(), v.integer()),
  generation: v.pipe(v.number(), v.safeInteger()),
  service: v.string(),
  account: v.string(),
});

/** A record as JSON, with what tells whose it is and which version of it. */
export function recordJson(id: AccountId, { fields, generation }: Saved): Record<string, unknown> {
  return { version: VERSION, generation, ...id, ...fields };
}

/**
 * The record in a text of that JSON. `place` names where the text was found, and `corrupt` makes
 * the error for what is none of ours. Throws that, and `store_newer`.
 */
export function parseRecord(
  text: string,
  id: AccountId,
  place: string,
  corrupt: (why: string) => VantageError,
): Saved {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt("it is not JSON"); // no cause: it would quote the content
  }
  // Taken as it is: a parsed copy would lack what valibot holds for dangerous names.
  if (!v.is(Envelope, json)) throw corrupt("it is not a record of vantage");
  const { version, generation, service, account, ...fields } = json;
  if (version > VERSION) {
    throw new VantageError("store_newer", `Cannot read ${place}: a newer vantage wrote it`, {
      hint: "Update vantage, or log in again with `vantage login --force`",
    });
  }
  if (service !== id.service || account !== id.account) {
    throw corrupt(`it belongs to '${formatAccount({ service, account })}'`);
  }
  return { fields, generation };
}
