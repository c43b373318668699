import assert from "node:assert/strict";
import { countdown, relative, rfc3339, span } from "../../src/render/time.ts";

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
