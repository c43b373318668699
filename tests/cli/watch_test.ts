import assert from "node:assert/strict";
import { type Shown, watch } from "../../src/cli/watch.ts";
import { EXIT, VantageError } from "../../src/errors.ts";
import { fakeSystem } from "../support/fake_system.ts";
import { FakeClock } from "../support/fake_clock.ts";

const shown = (text: string, facts = text): Shown => ({ text, facts });

/** Watches these answers, one a second, and presses Ctrl-C after the last. */
async function watched(answers: readonly Shown[], screen: boolean) {
  const clock = new FakeClock();
  const { system, stdout } = fakeSystem({ clock });
  const interruption = new AbortController();
  const left = [...answers];
  const look = () => {
    const next = left.shift();
    if (left.length === 0) interruption.abort(new VantageError("interrupted", "Interrupted"));
    return Promise.resolve(next ?? shown("too many"));
  };
  const status = await watch(system, look, {
    everyMs: 1_000,
    screen,
    interrupted: interruption.signal,
  });
  return { status, text: stdout.text, sleeps: clock.sleeps };
}

Deno.test("watch() writes an answer when it differs from the last, and waits in between", async () => {
  const answers = [shown("a"), shown("a"), shown("b"), shown("a")];
  assert.deepEqual(await watched(answers, false), {
    status: EXIT.interrupted,
    text: "a\nb\na\n",
    sleeps: [1_000, 1_000, 1_000],
  });
});

Deno.test("watch() does not write again what only time has changed when there is no screen", async () => {
  const answers = [shown("in 2s", "at noon"), shown("in 1s", "at noon")];
  assert.equal((await watched(answers, false)).text, "in 2s\n");
});

Deno.test("watch() draws over the last answer, and never a line before it is cleared", async () => {
  const { text } = await watched([shown("a long line\nb"), shown("a")], true);
  assert.equal(
    text,
    "\x1b[H\x1b[2J\x1b[Ha long line\x1b[K\nb\x1b[K\n\x1b[J" +
      "\x1b[Ha\x1b[K\n\x1b[J\n",
  );
});

Deno.test("watch() ends when its reader has gone", async () => {
  const { system, stdout } = fakeSystem({ clock: new FakeClock() });
  const look = () => {
    stdout.closed = true;
    return Promise.resolve(shown("a"));
  };
  const options = { everyMs: 1_000, screen: false, interrupted: new AbortController().signal };
  assert.equal(await watch(system, look, options), EXIT.done);
});

Deno.test("watch() ends with the error when looking fails", async () => {
  const { system } = fakeSystem({ clock: new FakeClock() });
  const failing = () => Promise.reject(new VantageError("config_invalid", "Broken"));
  const options = { everyMs: 1_000, screen: false, interrupted: new AbortController().signal };
  await assert.rejects(watch(system, failing, options), { code: "config_invalid" });
});
