import assert from "node:assert/strict";
import { ProviderClock } from "../../src/oauth/provider_clock.ts";
import { FakeClock } from "../support/fake_clock.ts";

const HOUR = 3_600_000;

/** What the clock makes of an answer whose `Date` is this far from ours. */
async function skewAfter(
  offset: number | undefined,
  headers: Record<string, string> = {},
): Promise<number> {
  const clock = new FakeClock();
  const date = offset === undefined ? "" : new Date(clock.now() + offset).toUTCString();
  const http = () => Promise.resolve(new Response("", { headers: { ...headers, date } }));
  const providerClock = new ProviderClock(http, clock);
  await providerClock.send("https://id.example.com/", { method: "GET", headers: {} });
  assert.equal(providerClock.now(), clock.now() + providerClock.skewMs);
  return providerClock.skewMs;
}

for (
  const [offset, skew] of [[0, 0], [20_000, 0], [-20_000, 0], [2 * HOUR, 2 * HOUR], [
    -2 * HOUR,
    -2 * HOUR,
  ], [undefined, 0]] as const
) {
  Deno.test(`ProviderClock is ${skew} ms ahead when Date is by ${offset} ms`, async () => {
    assert.equal(await skewAfter(offset), skew);
  });
}

Deno.test("ProviderClock is not behind when a cache answers with an old Date and its age", async () => {
  assert.equal(await skewAfter(-3 * HOUR, { age: String(3 * 3600) }), 0);
});

Deno.test("ProviderClock keeps what it knows when an answer has no Date", async () => {
  const clock = new FakeClock();
  const dates = [new Date(clock.now() + HOUR).toUTCString(), ""];
  const http = () => Promise.resolve(new Response("", { headers: { date: dates.shift() ?? "" } }));
  const providerClock = new ProviderClock(http, clock);
  for (let i = 0; i < 2; i++) {
    await providerClock.send("https://id.example.com/", { method: "GET", headers: {} });
  }
  assert.equal(providerClock.skewMs, HOUR);
});
