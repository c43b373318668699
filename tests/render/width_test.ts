import assert from "node:assert/strict";
import { cut, width } from "../../src/render/width.ts";

Deno.test("width() counts the columns a terminal takes", () => {
  const cases: [text: string, columns: number][] = [
    ["", 0],
    ["prod", 4],
    ["Müller", 6],
    ["Mu\u0308ller", 6], // the same, with a combining mark
    ["日本語", 6],
    ["한국어", 6],
    ["ｶﾅ", 2], // halfwidth forms
    ["ＡＢ", 4], // fullwidth forms
    ["🔑 key", 6],
    ["🫠", 2], // newer than most tables of emoji
    ["🇯🇵", 2], // two code points, one flag
    ["👩‍👩‍👧", 2], // five code points, one family
    ["❤️", 2], // a letter that a variation selector makes a picture
    ["✓", 1],
    ["1234567890", 10], // digits count as emoji in Unicode's eyes
  ];
  for (const [text, columns] of cases) assert.equal(width(text), columns, text);
});

Deno.test("cut() leaves what fits as it is", () => {
  assert.equal(cut("prod", 4), "prod");
  assert.equal(cut("日本", 4), "日本");
});

Deno.test("cut() ends in an ellipsis and is never wider than asked", () => {
  assert.equal(cut("production", 5), "prod…");
  assert.equal(cut("日本語", 5), "日本…");
  assert.equal(cut("日本語", 4), "日…"); // half a letter cannot be shown
});
