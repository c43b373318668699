import assert from "node:assert/strict";
import { type ErrorCode, VantageError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { AccountLock } from "../../src/store/store.ts";
import { readFailure, recordFailure } from "../../src/tokens/failure_note.ts";
import { take } from "../store/contract.ts";
import { ManualClock } from "./manual_clock.ts";

const NOW = 1_000_000_000;

async function noteOf(
  failure: { error?: Error; retryAfterMs?: number } = {},
): Promise<{ lock: AccountLock; clock: ManualClock }> {
  const clock = new ManualClock(NOW);
  const lock = await take(memoryStore(clock));
  const error = failure.error ?? new VantageError("network", "Down", { hint: "Wait" });
  await recordFailure(lock, clock, 5, { ...failure, error });
  return { lock, clock };
}

Deno.test("readFailure() gives those who waited the failure as it was", async () => {
  const { lock, clock } = await noteOf();
  const failure = await readFailure(lock, clock, 5, NOW - 1);
  assert.equal(failure?.code, "network");
  assert.equal(failure.message, "Down");
  assert.equal(failure.hint, "Wait");
});

Deno.test("readFailure() gives nothing to who came after the failure", async () => {
  const { lock, clock } = await noteOf();
  assert.equal(await readFailure(lock, clock, 5, NOW), undefined);
  assert.equal(await readFailure(lock, clock, 5, NOW + 1), undefined);
});

Deno.test("readFailure() gives nothing for another version of the record", async () => {
  const { lock, clock } = await noteOf();
  assert.equal(await readFailure(lock, clock, 6, NOW - 1), undefined);
  assert.equal(await readFailure(lock, clock, undefined, NOW - 1), undefined);
});

Deno.test("readFailure() gives the failure until Retry-After has passed", async () => {
  const { lock, clock } = await noteOf({ retryAfterMs: 60_000 });
  clock.advance(10_000);
  const failure = await readFailure(lock, clock, 5, clock.now());
  assert.equal(failure?.hint, "The provider asked to wait: try again in 50 s");
  clock.advance(50_000);
  assert.equal(await readFailure(lock, clock, 5, clock.now()), undefined);
});

Deno.test("readFailure() waits five minutes at most, whatever Retry-After asks for", async () => {
  const { lock, clock } = await noteOf({ retryAfterMs: 86_400_000 });
  clock.advance(5 * 60_000 - 1);
  assert.ok(await readFailure(lock, clock, 5, clock.now()));
  clock.advance(1);
  assert.equal(await readFailure(lock, clock, 5, clock.now()), undefined);
});

Deno.test("readFailure() gives nothing when the clock was set back behind the note", async () => {
  const { lock, clock } = await noteOf({ retryAfterMs: 60_000 });
  clock.set(NOW - 7_200_000);
  assert.equal(await readFailure(lock, clock, 5, NOW - 7_200_001), undefined);
});

Deno.test("readFailure() ignores a note that is none of ours", async () => {
  const { lock, clock } = await noteOf();
  const note = { failed_at: NOW, generation: 5, code: "network", message: "Down" };
  for (
    const text of [
      "",
      "{",
      "null",
      JSON.stringify({ ...note, code: "constructor" }),
      JSON.stringify({ ...note, failed_at: "now" }),
      JSON.stringify({ ...note, retry_at: NOW + 86_400_000 }),
    ]
  ) {
    await lock.writeNote(text);
    assert.equal(await readFailure(lock, clock, 5, NOW - 1), undefined, text);
  }
});

Deno.test("recordFailure() writes no secret", async () => {
  const secret = new Secret("very-secret-refresh-token");
  const { lock } = await noteOf({ error: new Error(`echo ${secret.expose()}`) });
  const note = await lock.readNote();
  assert.ok(!note.includes(secret.expose()));
  assert.equal(JSON.parse(note).code, "internal" satisfies ErrorCode);
});

Deno.test("recordFailure() does no harm when the note cannot be written or read", async () => {
  const { lock, clock } = await noteOf();
  const broken: AccountLock = {
    ...lock,
    readNote: () => Promise.reject(new VantageError("store_unusable", "Broken")),
    writeNote: () => Promise.reject(new VantageError("store_full", "Full")),
  };
  await recordFailure(broken, clock, 5, { error: new Error("x") });
  assert.equal(await readFailure(broken, clock, 5, NOW - 1), undefined);
});
