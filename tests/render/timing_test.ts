import assert from "node:assert/strict";
import type { ExchangeFacts } from "../../src/person.ts";
import { exchangeEvent, exchangeText, timingsEvent, timingsText } from "../../src/render/timing.ts";
import { TIMED_PARTS, Timings } from "../../src/timings.ts";

const FACTS: ExchangeFacts = {
  method: "GET",
  target: "https://api.example.com/things",
  status: 200,
  connectMs: 12.4,
  firstByteMs: 58.5,
  totalMs: 61.2,
  bytes: 4198,
};

for (
  const [change, text] of [
    [{}, "200 (connect 12 ms, first byte 59 ms, total 61 ms, 4.1 KiB)"],
    [{ connectMs: undefined }, "200 (first byte 59 ms, total 61 ms, 4.1 KiB)"],
    [{ connectMs: 0, bytes: 0 }, "200 (connect 0 ms, first byte 59 ms, total 61 ms, 0 B)"],
    [
      { failure: "Cannot read the answer" },
      "200, Cannot read the answer (connect 12 ms, first byte 59 ms, total 61 ms, 4.1 KiB)",
    ],
    [
      { status: undefined, firstByteMs: undefined, bytes: 0, failure: "Cannot reach it" },
      "Cannot reach it (connect 12 ms, 61 ms)",
    ],
  ] as [Partial<ExchangeFacts>, string][]
) {
  Deno.test(`exchangeText() says '${text}'`, () => {
    assert.equal(
      exchangeText({ ...FACTS, ...change }),
      `GET https://api.example.com/things -> ${text}`,
    );
  });
}

Deno.test("exchangeText() is one line without control sequences, whatever failed", () => {
  const text = exchangeText({ ...FACTS, failure: "a\x1b[31m\nerror: b\x9b" });
  // deno-lint-ignore no-control-regex -- control characters are the subject
  assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f]/);
});

Deno.test("exchangeEvent() has whole numbers, and null for what is not known", () => {
  const event = exchangeEvent(FACTS);
  assert.deepEqual(
    { ...event },
    {
      ...event,
      event: "request",
      method: "GET",
      url: "https://api.example.com/things",
      status: 200,
      connect_ms: 12,
      first_byte_ms: 59,
      total_ms: 61,
      bytes: 4198,
    },
  );
  const { status, connect_ms, first_byte_ms } = exchangeEvent({
    method: "GET",
    target: "https://api.example.com/",
    status: undefined,
    totalMs: 1,
  }) as Record<string, unknown>;
  assert.deepEqual([status, connect_ms, first_byte_ms], [null, null, null]);
});

Deno.test("timingsText() and timingsEvent() name the parts in their order", () => {
  const times = { totalMs: 130.6, parts: [["start", 38.2], ["token", 0.4]] as const };
  assert.equal(timingsText(times), "time 131 ms: start 38 ms, token 0 ms");
  assert.deepEqual(timingsEvent(times), {
    event: "timings",
    total_ms: 131,
    parts: { start: 38, token: 0 },
  });
});

Deno.test("Timings.summary() has the parts that took time, and the rest that explains the whole", () => {
  const timings = new Timings();
  timings.add("output", 0.002);
  timings.add("settings", 0.001);
  timings.add("output", 0.003);
  const { totalMs, parts } = timings.summary();
  assert.deepEqual(parts.map(([name]) => name), ["start", "settings", "output", "rest"]);
  assert.equal(new Map(parts).get("output"), 0.005);
  const sum = parts.reduce((all, [, ms]) => all + ms, 0);
  assert.ok(Math.abs(sum - totalMs) < 1e-6, `${sum} and ${totalMs}`);
});

Deno.test("Timings.summary() has no part that is negative when parts lie in one another", () => {
  const timings = new Timings();
  for (const part of TIMED_PARTS) timings.add(part, 1e9);
  assert.equal(new Map(timings.summary().parts).get("rest"), 0);
});

Deno.test("Timings.measure() counts what fails, too, and passes the failure on", async () => {
  const timings = new Timings();
  assert.equal(await timings.measure("token", () => Promise.resolve(7)), 7);
  const wait = async () => {
    const until = performance.now() + 5;
    while (performance.now() < until);
    throw await Promise.resolve(new Error("Failed"));
  };
  await assert.rejects(timings.measure("settings", wait), /^Error: Failed$/);
  assert.ok(new Map(timings.summary().parts).get("settings")! >= 5);
});
