import assert from "node:assert/strict";
import fc from "fast-check";
import { dueAt, pauseAfter } from "../../src/daemon/due.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const byDefault = { ms: 5 * MINUTE_MS, isDefault: true };
const session = (life: number) => ({ obtainedAt: 1_000, expiresAt: 1_000 + life });

Deno.test("dueAt() is before a command would have to renew, by up to half of the threshold", () => {
  const end = session(HOUR_MS).expiresAt;
  assert.equal(dueAt(session(HOUR_MS), byDefault, 0), end - 5 * MINUTE_MS);
  assert.equal(dueAt(session(HOUR_MS), byDefault, 1), end - 7.5 * MINUTE_MS);
});

Deno.test("dueAt() leaves a short-lived token most of its life", () => {
  const { obtainedAt } = session(5 * MINUTE_MS);
  assert.equal(dueAt(session(5 * MINUTE_MS), byDefault, 0) - obtainedAt, 2.5 * MINUTE_MS);
  assert.equal(dueAt(session(5 * MINUTE_MS), byDefault, 1) - obtainedAt, 1.25 * MINUTE_MS);
});

Deno.test("dueAt() never asks a provider all the time, whatever the threshold and the life", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 * 24 * HOUR_MS }),
      fc.integer({ min: 1, max: 24 * HOUR_MS }),
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (life, ms, isDefault, share) => {
        const { obtainedAt } = session(life);
        const after = dueAt(session(life), { ms, isDefault }, share) - obtainedAt;
        assert.ok(after >= 30_000 && after >= life / 4, `${after}`);
      },
    ),
  );
});

Deno.test("dueAt() lets a token that never ends be", () => {
  assert.equal(dueAt({ obtainedAt: 0, expiresAt: Infinity }, byDefault, 0.5), Infinity);
});

Deno.test("pauseAfter() doubles, up to ten minutes, and varies by a quarter", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) =>
    pauseAfter(failures, () => 0.5) / 1000
  );
  assert.deepEqual(pauses, [15, 30, 60, 120, 240, 480, 600, 600]);
  assert.equal(pauseAfter(1, () => 0), 0.75 * 15_000);
  assert.equal(pauseAfter(1, () => 1), 1.25 * 15_000);
});
