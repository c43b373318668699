import assert from "node:assert/strict";
import type { RenewalOutcome, TokenSet } from "../../src/oauth/token_set.ts";
import { Secret } from "../../src/secret.ts";
import { renewPatiently } from "../../src/tokens/renewal.ts";
import { ManualClock } from "./manual_clock.ts";

const tokens: TokenSet = {
  accessToken: new Secret("access"),
  tokenType: "Bearer",
  obtainedAt: 0,
  expiresAt: 1,
};
const renewed: RenewalOutcome = { kind: "renewed", tokens };
const refused: RenewalOutcome = { kind: "refused", error: new Error("invalid_grant") };
const rejected: RenewalOutcome = { kind: "rejected", error: new Error("invalid_client") };
const lost: RenewalOutcome = { kind: "transient", error: new Error("lost"), answerLost: true };
const failed = (retryAfterMs?: number): RenewalOutcome => ({
  kind: "transient",
  error: new Error("503"),
  answerLost: false,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** Renews with these outcomes in turn, the last one for good. `times`: when each was asked for. */
async function renew(
  outcomes: RenewalOutcome[],
  { random = () => 0.5, duration = 0, onTry }: {
    random?: () => number;
    /** How long a try takes. */
    duration?: number;
    onTry?: (clock: ManualClock) => void;
  } = {},
) {
  const clock = new ManualClock(1_000_000);
  const times: number[] = [];
  const once = async () => {
    times.push(clock.now() - 1_000_000);
    onTry?.(clock);
    if (duration > 0) await clock.sleep(duration);
    return outcomes[Math.min(times.length, outcomes.length) - 1]!;
  };
  const work = renewPatiently(once, clock, undefined, random);
  await clock.passUntil(work);
  return { outcome: await work, times };
}

Deno.test("renewPatiently() tries once when the answer is definite", async () => {
  for (const outcome of [renewed, refused, rejected]) {
    assert.deepEqual(await renew([outcome]), { outcome, times: [0] });
  }
});

Deno.test("renewPatiently() tries three times, ever later, when the failure passes", async () => {
  assert.deepEqual((await renew([failed()])).times, [0, 500, 1500]);
  assert.deepEqual((await renew([failed()], { random: () => 0 })).times, [0, 250, 750]);
  assert.deepEqual((await renew([failed()], { random: () => 1 })).times, [0, 750, 2250]);
  const { outcome, times } = await renew([failed(), failed(), renewed]);
  assert.equal(outcome, renewed);
  assert.equal(times.length, 3);
});

Deno.test("renewPatiently() waits as long as Retry-After asks for, and no shorter than its backoff", async () => {
  assert.deepEqual((await renew([failed(3_000), renewed])).times, [0, 3_000]);
  assert.deepEqual((await renew([failed(1), renewed])).times, [0, 500]);
});

Deno.test("renewPatiently() gives up when Retry-After asks for longer than a command may take", async () => {
  const outcome = failed(20_001);
  assert.deepEqual(await renew([outcome]), { outcome, times: [0] });
});

Deno.test("renewPatiently() starts no try after 20 seconds", async () => {
  assert.deepEqual((await renew([failed()], { duration: 15_000 })).times, [0, 15_500]);
  assert.deepEqual((await renew([failed()], { duration: 19_800 })).times, [0]);
});

Deno.test("renewPatiently() sends once more, at once, when the answer may be lost", async () => {
  assert.deepEqual(await renew([lost, renewed]), { outcome: renewed, times: [0, 0] });
  assert.deepEqual(await renew([lost]), { outcome: lost, times: [0, 0] });
  const { outcome, times } = await renew([lost, failed(), renewed]);
  assert.deepEqual(outcome, failed());
  assert.deepEqual(times, [0, 0]);
  assert.deepEqual((await renew([failed(), lost, lost])).times, [0, 500, 500]);
});

Deno.test("renewPatiently() says that the answer was lost when the second try is refused", async () => {
  const { outcome, times } = await renew([lost, refused]);
  assert.equal(outcome.kind, "refused");
  assert.match(outcome.kind === "refused" ? outcome.error.message : "", /lost .*\(invalid_grant\)/);
  assert.equal(times.length, 2);
});

Deno.test("renewPatiently() never waits for long because the clock was set back", async () => {
  const { times } = await renew([failed(3_600_000)], {
    onTry: (clock) => clock.set(clock.now() - 7_200_000),
  });
  assert.equal(times.length, 1);
});

Deno.test("renewPatiently() ends a pause when it is interrupted, never a try", async () => {
  const clock = new ManualClock();
  const interruption = new AbortController();
  let tries = 0;
  const once = () => {
    interruption.abort(new Error("Interrupted"));
    tries++;
    return Promise.resolve(failed());
  };
  await assert.rejects(renewPatiently(once, clock, interruption.signal), /Interrupted/);
  assert.equal(tries, 1);
  assert.deepEqual(
    await renewPatiently(() => Promise.resolve(renewed), clock, interruption.signal),
    renewed,
  );
});
