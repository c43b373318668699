import assert from "node:assert/strict";
import { isIdempotent, isPassing, LONGEST_PAUSE_MS, pauseBefore } from "../../src/api/retry.ts";

Deno.test("pauseBefore() doubles the pause from try to try, and ends with the fourth", () => {
  assert.deepEqual([1, 2, 3, 4, 5].map((sent) => pauseBefore(sent, undefined, 0.5)), [
    500,
    1000,
    2000,
    undefined,
    undefined,
  ]);
});

Deno.test("pauseBefore() scatters the pauses of clients that failed together", () => {
  assert.deepEqual([0, 0.25, 0.999].map((random) => pauseBefore(1, undefined, random)), [
    250,
    375,
    749.5,
  ]);
  assert.deepEqual([0, 0.25, 0.999].map((random) => pauseBefore(1, 3_000, random)), [
    3_000,
    3_125,
    3_499.5,
  ]);
});

Deno.test("pauseBefore() never comes back before the server wants it", () => {
  for (const asked of [0, 1, 1_000, LONGEST_PAUSE_MS]) {
    for (const random of [0, 0.5, 0.999]) {
      assert.ok(pauseBefore(3, asked, random)! >= asked);
    }
  }
  assert.equal(pauseBefore(4, 0, 0), undefined);
});

Deno.test("pauseBefore() does not wait when the server asks for more than a minute", () => {
  for (const asked of [LONGEST_PAUSE_MS + 1, 86_400_000, 1e300, Infinity]) {
    assert.equal(pauseBefore(1, asked, 0), undefined);
  }
});

Deno.test("isIdempotent() holds for the methods of RFC 9110, 9.2.2, and no others", () => {
  for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]) {
    assert.ok(isIdempotent(method), method);
  }
  for (const method of ["POST", "PATCH", "REPORT", "get", ""]) {
    assert.ok(!isIdempotent(method), method);
  }
});

Deno.test("isPassing() holds for 429, 502, 503 and 504, and no others", () => {
  const statuses = Array.from({ length: 500 }, (_, at) => 100 + at);
  assert.deepEqual(statuses.filter(isPassing), [429, 502, 503, 504]);
});
