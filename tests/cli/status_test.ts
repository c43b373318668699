import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";
import { changeRecord, inHome, runInHome } from "./in_home.ts";

/** What `status --json` says of the profile `test`. */
// deno-lint-ignore no-explicit-any -- whatever the program printed
async function stateOf(home: Home, env: Record<string, string> = {}): Promise<any> {
  const { status, stdout, stderr } = await inHome(home, ["status", "--json"], { env }).run();
  assert.deepEqual([status, stderr], [0, ""]);
  return JSON.parse(stdout).accounts.find((account: { profile: string }) =>
    account.profile === "test"
  );
}

Deno.test("vantage status tells the state of a session without network", async (t) => {
  await using provider = await startProvider();
  const past = new Date(Date.now() - 60_000).toISOString();
  const cases: [state: string, life: "fresh" | "due" | "dead", change?: (home: Home) => unknown][] =
    [
      ["logged_in", "fresh"],
      ["refresh_due", "due"],
      ["refresh_due", "dead"], // it can still be refreshed
      [
        "expired",
        "dead",
        (home) => changeRecord(home, ({ session }) => delete session.refresh_token),
      ],
      ["ended", "dead", (home) =>
        changeRecord(home, (record) => {
          delete record.session;
          record.ended = { at: past, reason: "The grant was revoked" };
        })],
      [
        "changed",
        "fresh",
        (home) => home.writeConfig({ issuer: provider.issuer, client_id: "another-client" }),
      ],
      ["unusable", "fresh", (home) => Deno.chmod(home.tokenFile, 0o644)],
      ["unusable", "fresh", (home) => Deno.writeTextFile(home.tokenFile, "not JSON")],
      ["unusable", "fresh", (home) => home.writeConfig({ issuer: provider.issuer })],
      ["logged_out", "fresh", (home) => Deno.remove(home.tokenFile)],
    ];
  for (const [state, life, change] of cases) {
    await t.step(`${state} for ${life}${change ? " and changed" : ""}`, async () => {
      await using home = await homeWithSession(provider, life);
      await change?.(home);
      const account = await stateOf(home);
      assert.equal(account.state, state, JSON.stringify(account));
      assert.equal(account.active, true);
      if (state === "unusable") assert.ok(account.detail, "It does not say why");
      if (state === "logged_in") assert.equal(account.email, "ada@example.com");
    });
  }
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage status says that VANTAGE_TOKEN goes before the session", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { state, expires_at } = await stateOf(home, { VANTAGE_TOKEN: "ready-made-token" });
  assert.deepEqual([state, expires_at], ["from_VANTAGE_TOKEN", null]);
});

Deno.test("vantage status prints a row a profile, and what makes one the active profile", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { status, stdout } = await runInHome(home, provider, ["status"], {
    env: { VANTAGE_PROFILE: "test" },
  });
  assert.equal(status, 0);
  const [head, shipped, test, note] = stdout.split("\n");
  assert.match(head ?? "", /^ {3}ACCOUNT {2}STATE {7}WHO {14}TOKEN .* STORE {2}NOTE$/);
  assert.match(shipped ?? "", /^ {3}default {2}logged out .* file$/);
  assert.match(
    test ?? "",
    /^\* {2}test {5}logged in {3}ada@example\.com {2}in (50m|49m \d+s) .* yes .* file$/,
  );
  assert.equal(note, "* in use, from VANTAGE_PROFILE");
});

Deno.test("vantage status fits a narrow terminal and has no colour with --no-color", async () => {
  await using home = await makeHome(undefined, {
    issuer: "https://id.example.com",
    client_id: "x",
  });
  const options = { terminals: ["stdout"] as const, columns: 78 };
  const coloured = await inHome(home, ["status"], options).run();
  assert.ok(coloured.stdout.includes("\x1b["));
  const { stdout } = await inHome(home, ["--no-color", "status"], options).run();
  assert.ok(!stdout.includes("\x1b"));
  for (const line of stdout.split("\n")) assert.ok(line.length <= 78, line);
});
