import assert from "node:assert/strict";
import fc from "fast-check";
import { splitEvents } from "../../../src/api/graphql/subscribe_stream.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The events of a text that comes in pieces of these sizes, the last size for good. */
async function split(text: string, sizes: readonly number[] = [1_000], most = 1_000) {
  const bytes = encoder.encode(text);
  async function* pieces() {
    for (let at = 0, piece = 0; at < bytes.length; piece++) {
      const size = sizes[Math.min(piece, sizes.length - 1)]!;
      yield await Promise.resolve(bytes.subarray(at, at + size));
      at += size;
    }
  }
  const events: string[] = [];
  const tooLarge = () => new RangeError("too large");
  for await (const event of splitEvents(pieces(), most, tooLarge)) {
    events.push(decoder.decode(event));
  }
  return events;
}

Deno.test("splitEvents() takes every kind of line end", async () => {
  assert.deepEqual(await split("a\n\nb\r\rc\r\n\r\n"), ["a\n\n", "b\r\r", "c\r\n\r"]);
  assert.deepEqual(await split("a\nb\n\n"), ["a\nb\n\n"]);
  assert.deepEqual(await split("a\r\nb\r\n\r\nc\n\n"), ["a\r\nb\r\n\r", "\nc\n\n"]);
});

Deno.test("splitEvents() leaves out what the stream breaks off in", async () => {
  assert.deepEqual(await split("a\n\nb\n"), ["a\n\n"]);
  assert.deepEqual(await split(""), []);
});

Deno.test("splitEvents() refuses an event above the limit, in one line or many", async () => {
  const exactly = `${"x".repeat(98)}\n\n`;
  assert.deepEqual(await split(exactly, [7], 100), [exactly]);
  for (const sizes of [[1], [7], [1_000]]) {
    await assert.rejects(split(`x${exactly}`, sizes, 100), RangeError);
    await assert.rejects(split("xx\n".repeat(50), sizes, 100), RangeError);
  }
});

Deno.test("splitEvents() gives the same however the stream is cut", async () => {
  const text = fc.array(fc.constantFrom("a", "é", ":", "\n", "\r", "\r\n", "\n\n"))
    .map((pieces) => pieces.join(""));
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 });
  await fc.assert(fc.asyncProperty(text, sizes, async (text, sizes) => {
    const whole = await split(text);
    assert.deepEqual(await split(text, sizes), whole);
    assert(text.startsWith(whole.join("")));
  }));
});
