import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { VantageError } from "../errors.ts";
import type { Clock, Files } from "../system.ts";
import type { AccountId } from "./account.ts";
import { withEdits } from "./accounts_text.ts";
import { nameProblem } from "./names.ts";
import { readText, replaceText } from "./text_file.ts";

/** What is known of an account beside its credentials. Instants are RFC 3339, UTC. */
export interface AccountEntry extends AccountId {
  readonly scopes: readonly string[];
  readonly createdAt: string | undefined;
  readonly lastUsed: string | undefined;
}

const Name = v.pipe(
  v.string("must be a string"),
  v.check((name) => nameProblem(name) === undefined, (issue) => nameProblem(issue.input) ?? ""),
);
const INSTANT = "must be a time such as '2026-01-31T12:00:00Z'";
const Instant = v.pipe(
  v.union([v.string(), v.date()], INSTANT),
  v.transform((value) => new Date(value)),
  v.check((date) => !Number.isNaN(date.getTime()), INSTANT),
  v.transform((date) => date.toISOString().replace(".000Z", "Z")),
);

const Entry = v.strictObject({
  service: Name,
  id: Name,
  scopes: v.optional(v.array(v.string(), "must be an array of scopes"), []),
  created_at: v.optional(Instant),
  last_used: v.optional(Instant),
});

const File = v.strictObject({
  version: v.optional(v.literal(1, "was written for a newer vantage"), 1),
  accounts: v.optional(v.array(Entry, "must be written as [[accounts]]"), []),
});

/**
 * The accounts there are, in the order of the file (`accounts.toml`); none where there is no
 * file. Throws `config_invalid` and `config_unreadable`.
 */
export async function loadAccounts(files: Files, path: string): Promise<AccountEntry[]> {
  return parseAccounts(await readText(files, path) ?? "", path);
}

/**
 * Changes accounts of the file under its lock, or removes them (`undefined`); comments and what
 * is not changed stay. `change` sees an account as it is, and returns it unchanged for nothing
 * to be done. Throws `config_…` and `lock_timeout`.
 */
export async function editAccounts(
  files: Files,
  clock: Clock,
  path: string,
  ids: readonly AccountId[],
  change: (entry: AccountEntry | undefined, id: AccountId) => AccountEntry | undefined,
): Promise<void> {
  await replaceText(files, clock, path, (text) => {
    const entries = parseAccounts(text, path);
    const places = new Map(entries.map((entry, index) => [nameOf(entry), index]));
    const edits = ids.map((id) => {
      const index = places.get(nameOf(id)) ?? -1;
      const before = entries[index];
      return { id, index, before, after: change(before, id) };
    }).filter(({ before, after }) => after !== before);
    const result = withEdits(text, edits);
    const found = new Map(parseAccounts(result, path).map((entry) => [nameOf(entry), entry]));
    for (const { id, after } of edits) {
      if (JSON.stringify(found.get(nameOf(id))) !== JSON.stringify(after)) {
        throw invalid(path, "cannot be changed without reformatting it");
      }
    }
    return Promise.resolve(result);
  });
}

const nameOf = ({ service, account }: AccountId): string => `${service}/${account}`;

export const isSame = (a: AccountId, b: AccountId) =>
  a.service === b.service && a.account === b.account;

function parseAccounts(text: string, path: string): AccountEntry[] {
  const parsed = v.safeParse(File, parseToml(text, path));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const keys = issue.path?.map(({ key }) => key) ?? [];
    const [, index, key] = keys;
    const where = typeof index === "number"
      ? `${key === undefined ? "it" : `key '${key}'`} of account ${index + 1}`
      : `key '${keys[0]}'`;
    const problem = issue.type === "strict_object" ? "is unknown" : issue.message;
    throw invalid(path, `${where} ${problem}`);
  }
  const seen = new Set<string>();
  return parsed.output.accounts.map(({ service, id: account, ...entry }) => {
    const name = nameOf({ service, account });
    if (seen.has(name)) throw invalid(path, `account '${name}' is there twice`);
    seen.add(name);
    const { scopes, created_at: createdAt, last_used: lastUsed } = entry;
    return { service, account, scopes, createdAt, lastUsed };
  });
}

function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /, "");
    throw invalid(`${path}:${error.line}`, `cannot parse TOML: ${reason}`);
  }
}

function invalid(where: string, problem: string): VantageError {
  return new VantageError("config_invalid", `${where}: ${problem}`, {
    hint: "Correct the file by hand; it holds no secret, and no session depends on it",
  });
}
