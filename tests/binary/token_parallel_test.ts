import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";
import { homeWithSession, reached, REFRESH } from "../tokens/sessions.ts";

/** The shortest time (ms) that a holder of the lock spends on its three tries: its two pauses. */
const THREE_TRIES_MS = 750;

function together(home: Home, count: number): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, () => home.run(["token"])));
}

Deno.test("vantage token refreshes once when 200 of it meet a dead token", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const results = await together(home, 200);
  const { session } = await home.readRecord();
  for (const { status, stdout, stderr } of results) {
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${session?.access_token}\n`);
  }
  assert.equal(provider.count(REFRESH), 1);

  // The provider would have ended the session, had any of them sent the old token.
  assert.equal((await home.run(["refresh"])).status, 0);
  assert.equal(provider.count(REFRESH), 2);
});

Deno.test("vantage token succeeds for all who wait when who refreshes is killed", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const gate = provider.gate(REFRESH, "before");
  const holder = home.start(["token"]);
  await reached(gate, holder);
  const waiting = together(home, 40);
  holder.kill("SIGKILL");
  await holder.result;
  gate.release("close");
  const results = await waiting;
  const { session } = await home.readRecord();
  for (const { status, stdout, stderr } of results) {
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${session?.access_token}\n`);
  }
  assert.equal(provider.count(REFRESH), 2);
  assert.equal((await home.run(["refresh"])).status, 0);
});

for (const [life, count] of [["dead", 40], ["due", 20]] as const) {
  Deno.test(`vantage token asks a broken provider a few times when ${count} of it meet a token that is ${life}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, life);
    const before = await Deno.readTextFile(home.tokenFile);
    const mend = provider.fault(REFRESH, { kind: "status", status: 500 });
    const started = performance.now();
    const results = await together(home, count);
    const took = performance.now() - started;
    for (const { status, stdout, stderr } of results) {
      assert.equal(status, life === "dead" ? 5 : 0, stderr);
      assert.equal(stdout, life === "dead" ? "" : `${home.session.accessToken.expose()}\n`);
      assert.match(stderr, /The token endpoint answered 500/);
    }
    // One asks at a time, three times, and pauses in between; the others share what it found.
    const holders = Math.ceil(took / THREE_TRIES_MS);
    assert.ok(provider.count(REFRESH) <= 3 * holders, `${provider.count(REFRESH)} in ${took} ms`);
    assert.equal(await Deno.readTextFile(home.tokenFile), before);

    mend();
    assert.equal((await home.run(["refresh"])).status, 0);
  });
}
