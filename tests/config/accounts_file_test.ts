import assert from "node:assert/strict";
import type { AccountEntry } from "../../src/config/accounts_file.ts";
import { editAccounts, loadAccounts } from "../../src/config/accounts_file.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { failure, Home } from "./support.ts";

const { files, clock } = denoSystem();

const ID = { service: "spotify", account: "personal" };
const ENTRY: AccountEntry = {
  ...ID,
  scopes: ["user-read-private"],
  createdAt: "2026-01-10T15:30:00Z",
  lastUsed: undefined,
};

async function listOf(text: string): Promise<{ home: Home; path: string }> {
  const home = new Home();
  const path = `${home.dir}/accounts.toml`;
  await Deno.writeTextFile(path, text);
  return { home, path };
}

Deno.test("loadAccounts() reads what the file says, and nothing where there is none", async () => {
  const text = `[[accounts]]
service = "spotify"
id = "personal"
scopes = ["user-read-private"]
created_at = "2026-01-10T15:30:00Z"

[[accounts]]
service = "gmail"
id = "work"
created_at = 2026-01-12T09:00:00Z
last_used = "2026-02-01T00:00:00+02:00"
`;
  const { home, path } = await listOf(text);
  await using _home = home;
  assert.deepEqual(await loadAccounts(files, path), [ENTRY, {
    service: "gmail",
    account: "work",
    scopes: [],
    createdAt: "2026-01-12T09:00:00Z",
    lastUsed: "2026-01-31T22:00:00Z",
  }]);
  assert.deepEqual(await loadAccounts(files, `${home.dir}/none.toml`), []);
});

Deno.test("loadAccounts() names file and key when something is wrong with it", async () => {
  const cases: [text: string, message: RegExp][] = [
    ["accounts = 1\n", /key 'accounts' must be written as \[\[accounts\]\]$/],
    ["[[accounts]]\nservice = 'x'\n", /key 'id' of account 1 /],
    ["[[accounts]]\nservice = 'x'\nid = 'a/b'\n", /key 'id' of account 1 must be 1 to 64 letters/],
    [
      "[[accounts]]\nservice = 'x'\nid = 'a'\ntoken = 's'\n",
      /key 'token' of account 1 is unknown$/,
    ],
    ["[[accounts]]\nservice = 'x'\nid = 'a'\ncreated_at = 'soon'\n", /must be a time such as/],
    [
      "[[accounts]]\nservice='x'\nid='a'\n[[accounts]]\nservice='x'\nid='a'\n",
      /account 'x\/a' is there twice$/,
    ],
    ["version = 2\n", /key 'version' was written for a newer vantage$/],
    ["[[accounts]\n", /accounts\.toml:1: cannot parse TOML/],
  ];
  for (const [text, message] of cases) {
    const { home, path } = await listOf(text);
    await using _home = home;
    const error = await failure(() => loadAccounts(files, path));
    assert.equal(error.code, "config_invalid");
    assert.ok(error.message.startsWith(path), error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /'s'/);
  }
});

Deno.test("editAccounts() adds an account to a file that is missing, and to one that is not", async () => {
  await using home = new Home();
  const path = `${home.dir}/accounts.toml`;
  await editAccounts(files, clock, path, [ID], () => ENTRY);
  const other = { ...ENTRY, account: "other", scopes: [], lastUsed: "2026-02-01T00:00:00Z" };
  await editAccounts(files, clock, path, [other], () => other);
  assert.deepEqual(await loadAccounts(files, path), [ENTRY, other]);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
});

const COMMENTED = `# my accounts
[[accounts]]  # music
service = "spotify"
id = "personal" # mine
scopes = [
  "a", # first
]

# for work
[[accounts]]
service = "github"
id = "work"
last_used = "2026-01-01T00:00:00Z" # by hand
`;

Deno.test("editAccounts() changes one value, and leaves comments and all else as they are", async () => {
  const { home, path } = await listOf(COMMENTED);
  await using _home = home;
  const at = "2026-03-01T00:00:00Z";
  const work = { service: "github", account: "work" };
  await editAccounts(files, clock, path, [work], (entry) => entry && { ...entry, lastUsed: at });
  assert.equal(
    await Deno.readTextFile(path),
    COMMENTED.replace('"2026-01-01T00:00:00Z" # by hand', `"${at}" # by hand`),
  );
  await editAccounts(files, clock, path, [ID], (entry) => entry && { ...entry, lastUsed: at });
  const text = await Deno.readTextFile(path);
  assert.ok(text.includes(`]\nlast_used = "${at}"\n\n# for work\n`), text);
});

Deno.test("editAccounts() removes an account with its lines only", async () => {
  const { home, path } = await listOf(COMMENTED);
  await using _home = home;
  await editAccounts(files, clock, path, [ID], () => undefined);
  const text = await Deno.readTextFile(path);
  assert.ok(
    text.startsWith("# my accounts\n") && text.includes("# for work\n[[accounts]]\n"),
    text,
  );
  assert.deepEqual((await loadAccounts(files, path)).map(({ account }) => account), ["work"]);
});

Deno.test("editAccounts() changes, removes and adds many accounts at once", async () => {
  await using home = new Home();
  const path = `${home.dir}/accounts.toml`;
  const entry = (n: number) => ({
    service: "acme",
    account: `a${n}`,
    scopes: [],
    createdAt: undefined,
    lastUsed: undefined,
  });
  const block = (n: number, more = "") =>
    `[[accounts]] # number ${n}\nservice = "acme"\nid = "a${n}"\n${more}`;
  const before = [0, 1, 2, 3].map((n) => block(n)).join("\n");
  await Deno.writeTextFile(path, `# mine\n${before}`);
  const at = "2026-11-28T12:00:00Z";
  await editAccounts(files, clock, path, [3, 1, 4, 0].map(entry), (found, { account }) => {
    if (account === "a4") return entry(4);
    return account === "a1" ? undefined : found && { ...found, lastUsed: at };
  });
  const used = `last_used = "${at}"\n`;
  assert.equal(
    await Deno.readTextFile(path),
    `# mine\n${block(0, used)}\n${block(2)}\n${block(3, used)}` +
      `\n[[accounts]]\nservice = "acme"\nid = "a4"\nscopes = []\n`,
  );
});

Deno.test("editAccounts() writes nothing when there is nothing to change", async () => {
  await using home = new Home();
  const path = `${home.dir}/accounts.toml`;
  await editAccounts(files, clock, path, [ID], (entry) => entry);
  await assert.rejects(Deno.stat(path));
});

Deno.test("editAccounts() refuses a file that it could not change without reformatting it", async () => {
  const text = `accounts = [{ service = "spotify", id = "personal" }]\n`;
  const { home, path } = await listOf(text);
  await using _home = home;
  const error = await failure(() => editAccounts(files, clock, path, [ID], () => undefined));
  assert.match(error.message, /cannot be changed without reformatting it$/);
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("editAccounts() loses nothing when many change the file at once", async () => {
  await using home = new Home();
  const path = `${home.dir}/accounts.toml`;
  const entries = Array.from({ length: 20 }, (_, n) => ({ ...ENTRY, account: `a${n}` }));
  await Promise.all(entries.map((entry) => editAccounts(files, clock, path, [entry], () => entry)));
  assert.deepEqual(
    (await loadAccounts(files, path)).map(({ account }) => account).sort(),
    entries.map(({ account }) => account).sort(),
  );
});
