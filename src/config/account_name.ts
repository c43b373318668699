import { VantageError } from "../errors.ts";
import type { AccountId } from "./account.ts";
import { PROFILE_SERVICE } from "./account.ts";
import { nameProblem } from "./names.ts";

/** What a command line says of an account: both, or neither for the profile in use. */
export interface NamedAccount {
  readonly service?: string | undefined;
  readonly account?: string | undefined;
}

/** The account that is named, undefined where none is. Throws `usage`. */
export function namedAccount(
  { service, account }: NamedAccount,
  profile: string | undefined,
): AccountId | undefined {
  if (service === undefined) return undefined;
  if (account === undefined) {
    throw new VantageError("usage", `Cannot tell which account of '${service}' is meant`, {
      hint: "Give SERVICE and ACCOUNT; `vantage account list` lists them. A profile goes with -p",
    });
  }
  if (profile !== undefined) {
    throw new VantageError("usage", "SERVICE ACCOUNT and --profile exclude each other");
  }
  for (const [noun, name] of [["Service", service], ["Account", account]] as const) {
    const wrong = nameProblem(name);
    if (wrong !== undefined) throw new VantageError("usage", `${noun} name '${name}' ${wrong}`);
  }
  return { service, account };
}

/** An account as people call it: a profile by its name, others as SERVICE/ACCOUNT. */
export function describeAccount({ service, account }: AccountId): string {
  return service === PROFILE_SERVICE ? `profile '${account}'` : `account '${service}/${account}'`;
}

/** An account as the settings and `--account` write it, `SERVICE/ACCOUNT`; undefined for none. */
export function accountId(text: string): AccountId | undefined {
  const [service = "", account = "", ...more] = text.split("/");
  const fine = more.length === 0 && !nameProblem(service) && !nameProblem(account);
  return fine ? { service, account } : undefined;
}
