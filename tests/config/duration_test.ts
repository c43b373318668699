import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/config/duration.ts";

Deno.test("parseDuration() returns milliseconds when hours, minutes and seconds stand in order", () => {
  assert.equal(parseDuration("90s"), 90_000);
  assert.equal(parseDuration("5m"), 300_000);
  assert.equal(parseDuration("1h30m"), 5_400_000);
  assert.equal(parseDuration("2h3m4s"), 7_384_000);
  assert.equal(parseDuration("0s"), 0);
});

Deno.test("parseDuration() returns undefined when the text is anything else", () => {
  for (
    const text of ["", "5", "m", "-5m", "5 m", "5m ", "30s1m", "1.5h", "5M", "1d", "5ms", "5m5m"]
  ) {
    assert.equal(parseDuration(text), undefined, text);
  }
  assert.equal(parseDuration(`${"9".repeat(30)}h`), undefined);
});

Deno.test("formatDuration() writes what parseDuration() reads back when the seconds are whole", () => {
  fc.assert(fc.property(fc.nat(1_000_000), (seconds) => {
    assert.equal(parseDuration(formatDuration(seconds * 1_000)), seconds * 1_000);
  }));
});

Deno.test("formatDuration() drops what is below a second", () => {
  assert.equal(formatDuration(5_400_999), "1h30m");
  assert.equal(formatDuration(999), "0s");
  assert.equal(formatDuration(-5), "0s");
});
