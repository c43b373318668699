import assert from "node:assert/strict";
import { join } from "node:path";
import { fileStore } from "../../src/store/file.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { startProvider } from "../support/provider.ts";
import { ACCOUNT, homeWithSession, reached, REFRESH } from "../tokens/sessions.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`vantage token saves the answer when ${signal} comes while it refreshes`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "dead");
    const answer = provider.gate(REFRESH, "after");
    const interrupted = home.start(["token"]);
    await reached(answer, interrupted);
    interrupted.kill(signal);
    await interrupted.line(/warning: Waiting for the provider's answer/);
    answer.release();
    const { status, stdout, stderr } = await interrupted.result;
    assert.equal(status, 130, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: Interrupted$/m);

    const { session } = await home.readRecord();
    assert.notEqual(session?.refresh_token, home.session.refreshToken?.expose());
    const next = await home.run(["token"]);
    assert.equal(next.stdout, `${session?.access_token}\n`, next.stderr);
    assert.equal(provider.count(REFRESH), 1);
  });
}

Deno.test("vantage token ends at once when SIGINT comes twice, and changes nothing", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const before = await Deno.readTextFile(home.tokenFile);
  const gate = provider.gate(REFRESH, "before");
  const interrupted = home.start(["token"]);
  await reached(gate, interrupted);
  interrupted.kill("SIGINT");
  await interrupted.line(/Ctrl-C again gives it up/);
  interrupted.kill("SIGINT");
  assert.equal((await interrupted.result).status, 130);
  gate.release("close");
  assert.equal(await Deno.readTextFile(home.tokenFile), before);
  assert.equal((await home.run(["token"])).status, 0);
});

Deno.test("vantage token ends its waiting for another when SIGINT comes", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const { files, clock } = denoSystem();
  const store = fileStore(files, clock, join(home.dir, "tokens"));
  await using lock = await store.tryLock(ACCOUNT, "write");
  assert.ok(lock);
  const waiting = home.start(["token"]);
  // Before its handler is there the signal kills it, which ends the waiting as well.
  waiting.kill("SIGINT");
  const { status, stdout } = await waiting.result;
  assert.equal(status, 130);
  assert.equal(stdout, "");
  assert.equal(provider.count(REFRESH), 0);
});
