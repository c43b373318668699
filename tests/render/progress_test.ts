import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesText, ProgressLine } from "../../src/render/progress.ts";
import { width } from "../../src/render/width.ts";
import type { Clock } from "../../src/system.ts";
import { Captured } from "../support/fake_system.ts";
import { context } from "./context.ts";

const KIB = 1024;
const CLEAR_LINE = "\r\x1b[K";

/** A clock that the test winds: a sleeper wakes when the time has come. */
class WoundClock implements Clock {
  #now = 1_000_000;
  #wake: (() => void) | undefined;
  #asleep = Promise.withResolvers<void>();
  readonly sleeps: number[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#asleep.resolve();
    });
  }

  /** Lets time pass, and the sleeper go back to sleep. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    this.#asleep = Promise.withResolvers();
    this.#wake?.();
    await this.#asleep.promise;
  }
}

function line(label: string, total: number | undefined, { columns = 80, done = 0 } = {}) {
  const clock = new WoundClock();
  const stderr = new Captured(true, columns);
  const progress = new ProgressLine({ clock, stderr }, context().style, label, total, done);
  return { clock, stderr, progress, shown: () => stderr.text.split(CLEAR_LINE).at(-1) ?? "" };
}

Deno.test("bytesText() writes a size with one digit behind the point", () => {
  const cases: [bytes: number, text: string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2 - 1, "1.0 MiB"],
    [5 * 1024 ** 3, "5.0 GiB"],
    [1024 ** 4, "1.0 TiB"],
    [5000 * 1024 ** 5, "5000.0 PiB"],
  ];
  for (const [bytes, text] of cases) assert.equal(bytesText(bytes), text);
});

Deno.test("ProgressLine shows a bar, sizes, the rate of the last seconds and the time left", async () => {
  const { clock, progress, shown } = line("a.bin", 100 * KIB, { done: 20 * KIB });
  assert.equal(shown(), `a.bin  ${"█".repeat(6)}${"░".repeat(24)}  20.0 KiB / 100.0 KiB`);
  progress.advance(10 * KIB);
  await clock.pass(2_000);
  // What was there before did not come just now.
  assert.match(shown(), /30\.0 KiB \/ 100\.0 KiB {2}5\.0 KiB\/s {2}14s left$/);
  for (let second = 0; second < 10; second++) await clock.pass(1_000);
  assert.match(shown(), /30\.0 KiB \/ 100\.0 KiB {2}0 B\/s$/);
  progress[Symbol.dispose]();
});

Deno.test("ProgressLine shows size and rate when nobody knows the total", async () => {
  const { clock, progress, shown } = line("a.bin", undefined);
  assert.equal(shown(), "a.bin  0 B");
  progress.advance(3 * KIB);
  await clock.pass(1_000);
  assert.equal(shown(), "a.bin  3.0 KiB  3.0 KiB/s");
  progress[Symbol.dispose]();
});

Deno.test("ProgressLine draws by the clock, however often it is told", async () => {
  const { clock, stderr, progress } = line("a.bin", 1000);
  for (let count = 0; count < 500; count++) progress.advance(1);
  await clock.pass(100);
  assert.equal(stderr.text.split(CLEAR_LINE).length - 1, 2);
  assert.deepEqual(clock.sleeps, [100, 100]);
  progress[Symbol.dispose]();
});

Deno.test("ProgressLine goes on when the clock is set back, and when more comes than was told", async () => {
  const { clock, progress, shown } = line("a.bin", KIB);
  progress.advance(5 * KIB);
  await clock.pass(-3_600_000);
  assert.match(shown(), /█ {2}5\.0 KiB \/ 1\.0 KiB$/);
  await clock.pass(1_000);
  assert.match(shown(), /5\.0 KiB \/ 1\.0 KiB {2}0 B\/s$/);
  progress[Symbol.dispose]();
});

Deno.test("ProgressLine leaves an empty line and stops when it is disposed", () => {
  const { stderr, progress, shown } = line("a\x1b[2Jb\n", 0);
  assert.match(shown(), /^ab {3}█{30} {2}0 B \/ 0 B$/);
  progress[Symbol.dispose]();
  assert.ok(stderr.text.endsWith(CLEAR_LINE));
});

Deno.test("ProgressLine stays on one line whatever the terminal's width", () => {
  fc.assert(fc.property(
    fc.integer({ min: 2, max: 120 }),
    fc.string({ unit: "binary" }),
    fc.option(fc.nat(), { nil: undefined }),
    fc.nat(),
    (columns, label, total, done) => {
      const { progress, shown } = line(label, total, { columns, done });
      assert.ok(width(shown()) < columns, JSON.stringify(shown()));
      progress[Symbol.dispose]();
    },
  ));
});
