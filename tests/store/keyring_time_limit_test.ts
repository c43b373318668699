import assert from "node:assert/strict";
import { isVantageError } from "../../src/errors.ts";
import { withinTimeLimit } from "../../src/store/keyring/time_limit.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

Deno.test("withinTimeLimit() gives every answer its own time", async () => {
  const clock = new ManualClock();
  const result = await withinTimeLimit(clock, 3_000, async ({ signal, progress }) => {
    for (let answers = 0; answers < 5; answers++) {
      clock.advance(2_999);
      await new Promise((resolve) => setTimeout(resolve, 0)); // whoever was woken up goes first
      assert.equal(signal.aborted, false);
      progress();
    }
    return "done";
  });
  assert.equal(result, "done");
  assert.equal(clock.nextIn(), undefined);
});

Deno.test("withinTimeLimit() throws store_unresponsive when an answer takes too long", async () => {
  const clock = new ManualClock();
  let seen: AbortSignal | undefined;
  const work = withinTimeLimit(clock, 3_000, ({ signal, progress }) => {
    seen = signal;
    clock.advance(2_000);
    progress();
    clock.advance(3_000);
    return new Promise(() => {});
  });
  await assert.rejects(work, (error) => isVantageError(error, "store_unresponsive"));
  assert.equal(seen?.aborted, true);
  assert.equal(clock.nextIn(), undefined);
});

Deno.test("withinTimeLimit() throws what its work does, and waits for nothing after that", async () => {
  const clock = new ManualClock();
  const work = withinTimeLimit(clock, 3_000, async ({ progress }) => {
    await Promise.resolve();
    queueMicrotask(() => queueMicrotask(progress)); // an answer that comes too late
    throw new Error("Refused");
  });
  await assert.rejects(work, /Refused/);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(clock.nextIn(), undefined);
});
