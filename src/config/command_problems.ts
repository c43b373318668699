import type { Problem } from "./problem.ts";
import { invalid, unknown } from "./table_problems.ts";

const SECRET_HINT = "Remove the line; every call is sent with the token of the account in use";

/** The problem of a key of [commands] that is none. */
export function unknownKey(keys: readonly string[], known: Iterable<string>): Problem {
  const problem = unknown(keys, known);
  return problem.code === "config_secret" ? { ...problem, hint: SECRET_HINT } : problem;
}

/** The problem of a key of [commands] whose value would be a secret for everyone to read. */
export function secretValue(keys: readonly string[]): Problem {
  const problem = invalid(keys, "holds a secret, which this file must not");
  return { ...problem, code: "config_secret", hint: SECRET_HINT };
}
