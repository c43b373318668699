import assert from "node:assert/strict";
import { ERROR_CODES, type ErrorCode } from "../../src/errors.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";
import { type Ending, type FaultRow, FAULTS } from "../tokens/fault_table.ts";
import { runWithClock } from "../tokens/run_with_clock.ts";
import { homeWithSession, type Life, REFRESH } from "../tokens/sessions.ts";

for (const row of FAULTS) {
  Deno.test(`vantage token does what the fault table says when the provider ${row.does}`, async () => {
    await Promise.all([check(row, "due", row.lives), check(row, "dead", row.dead)]);
  });
}

async function check(row: FaultRow, life: Life, ending: Ending): Promise<void> {
  await using provider = await startProvider(row.provider);
  await using home = await homeWithSession(provider, life);
  const before = await Deno.readTextFile(home.tokenFile);
  const mend = breakdown(provider, row);

  const result = row.timeouts
    ? await runWithClock(home, provider, row.timeouts)
    : await home.run(["token"]);

  assert.equal(provider.count(REFRESH), row.requests, result.stderr);
  const oldToken = home.session.accessToken.expose();
  await assertEnding(result, ending, { home, oldToken, old: life });
  const after = await Deno.readTextFile(home.tokenFile);
  const record = await home.readRecord();
  switch (row.record) {
    case "unchanged":
      assert.equal(after, before);
      break;
    case "ended":
      assert.equal(record.session, undefined);
      assert.ok(record.ended);
      break;
    case "new":
      assert.equal(lifeOf(record.session), (row.life ?? 3600) * 1000);
      assert.ok(record.session?.refresh_token);
      assert.ok(record.session.id_token);
  }

  mend();
  const next = await home.run(["refresh"]);
  const sent = provider.count(REFRESH) - row.requests;
  const [status, requests] =
    { "new token": [0, 1], waits: [5, 0], session_ended: [4, 1] }[row.next];
  assert.equal(next.status, status, next.stderr);
  assert.equal(sent, row.record === "ended" ? 0 : requests, next.stderr);
}

/** Breaks the provider; the function returned mends it. */
function breakdown(provider: Provider, row: FaultRow): () => void {
  const mends: (() => void)[] = [() => provider.up()];
  row.break({
    ...provider,
    fault(...args) {
      const mend = provider.fault(...args);
      mends.push(mend);
      return mend;
    },
  });
  return () => mends.forEach((mend) => mend());
}

async function assertEnding(
  { status, stdout, stderr }: Result,
  ending: Ending,
  { home, oldToken, old }: { home: Home; oldToken: string; old: Life },
): Promise<void> {
  if (ending === "new token" || ending === "old token") {
    assert.equal(status, 0, stderr);
    const { session } = await home.readRecord();
    assert.equal(stdout, `${session?.access_token}\n`);
    assert.equal(stdout === `${oldToken}\n`, ending === "old token");
    assert.equal(/^warning: Using the saved token/m.test(stderr), ending === "old token", stderr);
    if (ending === "old token") assert.equal(old, "due");
    return;
  }
  assert.equal(stdout, "");
  assert.equal(status, ERROR_CODES[ending satisfies ErrorCode][0], stderr);
  assert.match(stderr, MESSAGES[ending]);
  assert.match(stderr, /^hint: /m);
}

const MESSAGES = {
  network: /^error: (Cannot reach|Cannot read the answer of|No answer from) http/m,
  provider_unavailable: /^error: The token endpoint answered (4|5)\d\d/m,
  provider_answer: /^error: The token endpoint answered \d\d\d/m,
  session_ended: /^error: The provider no longer accepts the saved session of 'vantage\/test': /m,
  client_refused: /^error: The token endpoint answered 401: invalid_client/m,
  login_rejected: /^error: Cannot trust the provider's answer: /m,
} as const;

function lifeOf(session: Record<string, unknown> | undefined): number {
  return Date.parse(String(session?.expires_at)) - Date.parse(String(session?.obtained_at));
}
