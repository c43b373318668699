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

Deno.test("Lines refuses a line as soon as it has one byte too many, before its end", () => {
  const lines = new Lines(4);
  assert.deepEqual([...lines.push(bytes("ab"))], []);
  assert.deepEqual([...lines.push(bytes("cd"))], []);
  assert.throws(() => [...lines.push(bytes("e"))], LineTooLong);
  assert.throws(() => [...new Lines(4).push(bytes("abcde"))], LineTooLong);
});

Deno.test("Lines leaves out blank lines, and counts their bytes like those of others", () => {
  const lines = new Lines(4);
  assert.deepEqual([...lines.push(bytes("\n\r\n \t\r\n    \na\n\n"))].map(text), ["a"]);
  assert.equal(lines.isPartial, false);
  assert.throws(() => [...lines.push(bytes("     \n"))], LineTooLong);
});

Deno.test("Lines leaves the return before a line end in the line, where JSON allows it", () => {
  const lines = new Lines(5);
  assert.deepEqual([...lines.push(bytes("true\r"))], []);
  const [first, ...more] = lines.push(bytes("\nnull\r\n"));
  assert.equal(JSON.parse(text(first!)), true);
  assert.deepEqual(more.map(text), ["null\r"]);
});

Deno.test("end() of lines gives what has begun once, unless it is blank", () => {
  const lines = new Lines(10);
  assert.equal(lines.end(), undefined);
  assert.deepEqual([...lines.push(bytes("one\ntwo"))].map(text), ["one"]);
  assert.equal(text(lines.end()!), "two");
  assert.equal(lines.end(), undefined);
  assert.deepEqual([...lines.push(bytes("a\n \r"))].map(text), ["a"]);
  assert.equal(lines.end(), undefined);
  assert.equal(lines.isPartial, false);
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
