import type { AccountId } from "./account.ts";
import { accountId } from "./account_name.ts";
import type { Problem } from "./problem.ts";
import { invalid, isTable, unknown } from "./table_problems.ts";

/** Which account serves a place: the key as written, `HOST[:PORT][/PATH]`, in the file's order. */
export interface HelperEntry {
  readonly place: string;
  readonly id: AccountId;
}

export interface HelperTables {
  readonly git: readonly HelperEntry[];
  readonly docker: readonly HelperEntry[];
}

const PLACE = /^[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[^\s?#]*)?$/;

/** Checks [credential_helper]. */
export function checkHelpers(value: unknown, problems: Problem[]): HelperTables {
  const at = "credential_helper";
  const tables = { git: [] as HelperEntry[], docker: [] as HelperEntry[] };
  if (!isTable(value)) {
    problems.push(invalid([at], "must be a table"));
    return tables;
  }
  for (const [tool, entries] of Object.entries(value)) {
    if (tool !== "git" && tool !== "docker") problems.push(unknown([at, tool], ["git", "docker"]));
    else if (!isTable(entries)) problems.push(invalid([at, tool], "must be a table"));
    else {
      for (const [place, account] of Object.entries(entries)) {
        const keys = [at, tool, place];
        const id = typeof account === "string" ? accountId(account) : undefined;
        if (!PLACE.test(place)) {
          problems.push({
            code: "config_invalid",
            keys,
            message: `Key '${place}' in [${at}.${tool}] must be a host with an optional path, ` +
              "such as 'github.com' or 'github.com/acme'",
          });
        } else if (!id) problems.push(invalid(keys, "must be 'SERVICE/ACCOUNT'"));
        else tables[tool].push({ place, id });
      }
    }
  }
  return tables;
}
