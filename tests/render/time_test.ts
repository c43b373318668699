import assert from "node:assert/strict";
import { countdown, instantOf, relative, rfc3339, span } from "../../src/render/time.ts";

Deno.test("rfc3339() gives UTC and whole seconds, never a later one", () => {
  assert.equal(rfc3339(Date.UTC(2030, 0, 2, 3, 4, 5, 999)), "2030-01-02T03:04:05Z");
});

Deno.test("span() names the two largest units that follow each other", () => {
  const cases: [seconds: number, text: string][] = [
    [0, "0s"],
    [59, "59s"],
    [60, "1m"],
    [3_599, "59m 59s"],
    [3_600, "1h"],
    [3_605, "1h"],
    [3_660, "1h 1m"],
    [90_000, "1d 1h"],
    [364 * 86_400, "364d"],
    [400 * 86_400, "1y 35d"],
    [-5, "0s"],
  ];
  for (const [seconds, text] of cases) assert.equal(span(seconds * 1000), text);
});

Deno.test("relative() tells the future from the past", () => {
  assert.equal(relative(61_000, 1_000), "in 1m");
  assert.equal(relative(1_000, 61_000), "1m ago");
});

Deno.test("countdown() never shows less than is left, and ends at zero", () => {
  assert.equal(countdown(245_000), "4:05");
  assert.equal(countdown(59_001), "1:00");
  assert.equal(countdown(-1), "0:00");
});

Deno.test("instantOf() takes RFC 3339 with a zone and nothing else", () => {
  const cases: [text: string, epochMs: number | undefined][] = [
    ["2030-01-02T03:04:05Z", Date.UTC(2030, 0, 2, 3, 4, 5)],
    ["2030-01-02t03:04:05.5z", Date.UTC(2030, 0, 2, 3, 4, 5, 500)],
    ["2030-01-02T03:04:05.123456+01:30", Date.UTC(2030, 0, 2, 1, 34, 5, 123)],
    ["2030-01-02T03:04:05", undefined],
    ["2030-01-02", undefined],
    ["2030-13-02T03:04:05Z", undefined],
    [" 2030-01-02T03:04:05Z", undefined],
    ["1893553445", undefined],
  ];
  for (const [text, epochMs] of cases) assert.equal(instantOf(text), epochMs, text);
});
