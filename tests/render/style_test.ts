import assert from "node:assert/strict";
import { styleFor } from "../../src/render/style.ts";

function colours(
  env: Record<string, string>,
  { isTerminal = true, color = true } = {},
): boolean {
  const output = { isTerminal, closed: false, columns: () => 80, write() {} };
  return styleFor({ env: (name) => env[name] }, output, color).red("x") !== "x";
}

Deno.test("styleFor() paints on a terminal only, unless somebody says otherwise", () => {
  assert.equal(colours({}), true);
  assert.equal(colours({}, { isTerminal: false }), false);
  assert.equal(colours({ TERM: "dumb" }), false);
  assert.equal(colours({ NO_COLOR: "1" }), false);
  assert.equal(colours({}, { color: false }), false);
});

Deno.test("styleFor() paints when FORCE_COLOR is set, but NO_COLOR and --no-color go first", () => {
  const pipe = { isTerminal: false };
  assert.equal(colours({ FORCE_COLOR: "1" }, pipe), true);
  assert.equal(colours({ FORCE_COLOR: "1", TERM: "dumb" }), true);
  assert.equal(colours({ FORCE_COLOR: "0" }), false);
  assert.equal(colours({ FORCE_COLOR: "1", NO_COLOR: "1" }, pipe), false);
  assert.equal(colours({ FORCE_COLOR: "1" }, { ...pipe, color: false }), false);
});
