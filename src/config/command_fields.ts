import * as v from "valibot";
import type { Json } from "./command_types.ts";
import { secretValue } from "./command_problems.ts";
import { isJson } from "./command_values.ts";
import type { Problem } from "./problem.ts";
import { isSecretKey } from "./secrets.ts";
import { invalid, isTable } from "./table_problems.ts";
import { headerText } from "./values.ts";

/** A header's name (RFC 9110, section 5.1). */
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that say who is asking or how the message is sent: both are for vantage to say. */
const OWN_HEADERS = new Set([
  ...["authorization", "proxy-authorization", "dpop", "cookie"],
  ...["host", "content-length", "transfer-encoding", "connection", "keep-alive"],
  ...["expect", "upgrade", "te", "trailer"],
]);

/** Checks the table `fields` of a call: names and what they are always sent with. */
export function checkFields(
  value: unknown,
  at: readonly string[],
  problems: Problem[],
): Record<string, Json> {
  if (value === undefined) return {};
  if (!isTable(value)) {
    problems.push(invalid(at, "must be a table of fields"));
    return {};
  }
  const fields = Object.entries(value).filter(([name, field]) => {
    const secret = secretBelow([...at, name], field);
    if (secret) problems.push(secretValue(secret));
    else if (!isJson(field)) {
      problems.push(invalid([...at, name], "must be a string, number, boolean, array or table"));
    } else return true;
    return false;
  });
  return Object.fromEntries(fields) as Record<string, Json>;
}

/** Checks the table `headers` of a call. */
export function checkHeaders(
  value: unknown,
  at: readonly string[],
  problems: Problem[],
): Record<string, string> {
  const headers = new Map<string, string>();
  if (value === undefined) return {};
  if (!isTable(value)) {
    problems.push(invalid(at, "must be a table of headers"));
    return {};
  }
  for (const [name, raw] of Object.entries(value)) {
    const keys = [...at, name];
    const lower = name.toLowerCase();
    const text = v.safeParse(headerText, raw);
    if (!HEADER.test(name)) problems.push(invalid(keys, "must have the name of a header"));
    else if (OWN_HEADERS.has(lower)) {
      problems.push(invalid(keys, "must not be there: vantage sends that header itself"));
    } else if (namesSecret(lower)) problems.push(secretValue(keys));
    else if (headers.has(lower)) problems.push(invalid(keys, "must not be there twice"));
    else if (!text.success) problems.push(invalid(keys, text.issues[0].message));
    else headers.set(lower, text.output);
  }
  return Object.fromEntries(headers);
}

/** Whether a header is for a secret: `x-api-key` and `x-auth-token` are by how they end. */
function namesSecret(header: string): boolean {
  const words = header.split("-");
  return words.some((_, at) => isSecretKey(words.slice(at).join("-")));
}

/** The keys that lead to a field, or to a part of it, that is named like a secret. */
function secretBelow(keys: readonly string[], value: unknown): readonly string[] | undefined {
  if (isSecretKey(keys.at(-1) ?? "")) return keys;
  // What is wrong in an array has no line of its own: the array's is shown.
  if (Array.isArray(value)) return value.some((part) => secretBelow([""], part)) ? keys : undefined;
  if (!isTable(value)) return undefined;
  for (const [key, below] of Object.entries(value)) {
    const found = secretBelow([...keys, key], below);
    if (found) return found;
  }
  return undefined;
}
