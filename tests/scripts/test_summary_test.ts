import assert from "node:assert/strict";
import { parseSummary } from "../../scripts/test.ts";

Deno.test("parseSummary() reads the counts of a summary", () => {
  assert.deepEqual(parseSummary("ok | 12 passed (3 steps) | 0 failed (1s)"), {
    passed: 12,
    failed: 0,
    skipped: 0,
  });
  assert.deepEqual(
    parseSummary("FAILED | 1 passed | 2 failed (1 step) | 3 ignored | 4 filtered out (12ms)"),
    { passed: 1, failed: 2, skipped: 3 },
  );
});

Deno.test("parseSummary() returns undefined for every other line", () => {
  for (const line of ["", "ok", "it ok | 1 passed", "running 2 tests from ./a_test.ts"]) {
    assert.equal(parseSummary(line), undefined);
  }
});
