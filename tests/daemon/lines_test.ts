import assert from "node:assert/strict";
import fc from "fast-check";
import { Lines, LineTooLong } from "../../src/daemon/lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (line: Uint8Array) => new TextDecoder().decode(line);

/** What comes out when `data` arrives in pieces that end at these places. */
function read(data: Uint8Array, cuts: readonly number[], maxBytes: number): string[] {
  const lines = new Lines(maxBytes);
  const out: string[] = [];
  let start = 0;
  for (const end of [...new Set(cuts)].sort((a, b) => a - b).concat(data.length)) {
    for (const line of lines.push(data.slice(start, end))) out.push(text(line));
    start = end;
  }
  const rest = lines.end();
  return rest ? [...out, text(rest)] : out;
}

Deno.test("Lines gives the same lines wherever the stream is cut", () => {
  const stream = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constant("\n"),
      fc.constant("\r\n"),
      fc.constant(" "),
    ),
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(400)), (stream, cuts) => {
      const data = bytes(stream);
      const expected = stream.split("\n").filter((line) => /[^\r \t]/.test(line));
      assert.deepEqual(
        read(data, cuts.filter((cut) => cut <= data.length), 10_000),
        expected.map((line) => text(bytes(line))),
      );
    }),
  );
});

Deno.test("Lines takes a line of the most bytes and none of one more, however it is cut", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(50)), (most, cuts) => {
      const fits = bytes("x".repeat(most) + "\nnext\n".slice(0, Math.min(6, most + 1)));
      const within = cuts.filter((cut) => cut <= fits.length);
      assert.equal(read(fits, within, most)[0], "x".repeat(most));
      const long = bytes("x".repeat(most + 1) + "\n");
      assert.throws(() => read(long, cuts.filter((cut) => cut <= long.length), most), LineTooLong);
    }),
  );
});

Deno.test("Lines gives the lines before one that is too long", () => {
  const lines = new Lines(4);
  const out: string[] = [];
  assert.throws(() => {
    for (const line of lines.push(bytes("one\ntwo\nthree"))) out.push(text(line));
  }, LineTooLong);
  assert.deepEqual(out, ["one", "two"]);
});

Deno.test("Lines takes a line that comes byte by byte in one buffer", () => {
  const lines = new Lines(100_000);
  const byte = bytes("x");
  for (let n = 0; n < 100_000; n++) assert.deepEqual([...lines.push(byte)], []);
  assert.throws(() => [...lines.push(byte)], LineTooLong);
  const [line] = lines.push(bytes("\n"));
  assert.equal(line?.length, 100_000);
  assert.equal(line?.buffer.byteLength, 100_000);
});

Deno.test("Lines knows whether a line has begun that has not ended", () => {
  const lines = new Lines(10);
  assert.equal(lines.isPartial, false);
  assert.deepEqual([...lines.push(bytes("a\nb"))].map(text), ["a"]);
  assert.equal(lines.isPartial, true);
  assert.deepEqual([...lines.push(bytes("\n"))].map(text), ["b"]);
  assert.equal(lines.isPartial, false);
  assert.equal(lines.end(), undefined);
});
