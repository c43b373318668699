import assert from "node:assert/strict";
import { lentChunks } from "../../src/api/lent_chunks.ts";
import { wholeAnswer } from "../../src/api/whole.ts";
import { apiRequest, fakeApi } from "../support/exchange.ts";

const MEBIBYTE = 1024 * 1024;
const bytes = Uint8Array.from({ length: 3 * MEBIBYTE }, (_, at) => at % 251);

/** A body from the network, in which all of it is ready. */
function body(onCancel: () => void = () => {}) {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const view = controller.byobRequest!.view as Uint8Array;
      if (at === bytes.length) controller.close();
      const part = bytes.subarray(at, at + view.length);
      view.set(part);
      at += part.length;
      controller.byobRequest!.respond(part.length);
    },
    cancel: onCancel,
  });
}

Deno.test("lentChunks() gives a body whole, in ever larger pieces, from one memory", async () => {
  const sizes: number[] = [];
  const got = new Uint8Array(bytes.length);
  let at = 0;
  for await (const chunk of lentChunks(body())) {
    got.set(chunk, at);
    at += chunk.length;
    sizes.push(chunk.length / 1024);
  }
  assert.deepEqual(sizes.slice(0, 8), [16, 32, 64, 128, 256, 512, 512, 512]);
  assert.ok(at === bytes.length && got.every((byte, index) => byte === bytes[index]));
});

Deno.test("lentChunks() gives the body up when its reader leaves", async () => {
  let cancelled = false;
  for await (const _chunk of lentChunks(body(() => cancelled = true))) break;
  assert.ok(cancelled);
});

Deno.test("wholeAnswer() keeps chunks that are only lent", async () => {
  const { client } = fakeApi([() => new Response(bytes)]);
  const answer = await wholeAnswer(client, apiRequest());
  assert.ok(answer.bytes.every((byte, index) => byte === bytes[index]));
});
