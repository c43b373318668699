import assert from "node:assert/strict";
import fc from "fast-check";
import { table } from "../../src/render/table.ts";
import { width } from "../../src/render/width.ts";
import { context } from "./context.ts";

const HEAD = ["NAME", "WHO"];

Deno.test("table() aligns columns and leaves no space at the ends of lines", () => {
  assert.equal(
    table(HEAD, [["a", "ada@example.com"], ["production", ""]], context()),
    "NAME        WHO\na           ada@example.com\nproduction",
  );
});

Deno.test("table() aligns what stands behind wide characters", () => {
  const lines = table(HEAD, [["日本語", "ada"], ["🫠", "bob"], ["abc", "eve"]], context())
    .split("\n");
  const starts = lines.map((line) => width(line.slice(0, line.search(/WHO|ada|bob|eve/))));
  assert.deepEqual(starts, [8, 8, 8, 8]);
});

Deno.test("table() cuts nothing when there is no terminal", () => {
  const long = "x".repeat(500);
  assert.ok(table(HEAD, [[long, long]], context()).includes(`${long}  ${long}`));
});

Deno.test("table() keeps a row on a line when the terminal is narrow", () => {
  const drawn = table(HEAD, [["x".repeat(50), "日本".repeat(20)]], context({ columns: 40 }));
  const lines = drawn.split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) assert.ok(width(line) <= 40, line);
  assert.match(drawn, /x… {2}日/);
});

Deno.test("table() paints a cell after it was cut, so that every colour is switched off", () => {
  const drawn = table(
    ["A", "B"],
    [[{ text: "x".repeat(80), paint: context({ color: true }).style.red }, "end"]],
    context({ columns: 30, color: true }),
  );
  // deno-lint-ignore no-control-regex -- the codes are the subject
  assert.match(drawn, /\x1b\[31mx+…\x1b\[39m/);
});

Deno.test("table() shows nothing but text when a cell holds control sequences", () => {
  const drawn = table(HEAD, [["\x1b[2J\x1b]0;title\x07a\u202eb\nc", "d"]], context());
  assert.equal(drawn.split("\n")[1], "ab c  d");
  assert.equal(table(["\x1b[2JA\u202e"], [], context()), "A");
});

Deno.test("table() aligns a column to the right, with its title, when that is asked for", () => {
  assert.equal(
    table(["NAME", "SIZE"], [["a", "5"], ["b", "12345"], ["c", ""]], context(), ["left", "right"]),
    "NAME   SIZE\na         5\nb     12345\nc",
  );
});

Deno.test("table() is never wider than the terminal that has a place for each column", () => {
  const cell = fc.string({ unit: "binary", maxLength: 30 });
  const rows = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.array(fc.array(cell, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 5 })
  );
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 100 }), fc.boolean(), (rows, columns, right) => {
      const count = rows[0]!.length;
      fc.pre(columns >= 3 * count - 2);
      const aligned = rows[0]!.map(() => right ? "right" as const : "left" as const);
      const head = rows[0]!.map((_, at) => `COLUMN_${at}`);
      const lines = table(head, rows, context({ columns }), aligned).split("\n");
      assert.equal(lines.length, rows.length + 1);
      for (const line of lines) assert.ok(width(line) <= columns, JSON.stringify(line));
    }),
  );
});

Deno.test("table() shares a narrow terminal among its columns", () => {
  const row = Array.from({ length: 8 }, () => "abcdefghij");
  const [head] = table(row, [], context({ columns: 30 })).split("\n");
  assert.equal(head, "a…  a…  a…  a…  a…  a…  a…  a…");
});
