import assert from "node:assert/strict";
import { plain, plainLine } from "../../src/render/plain.ts";

Deno.test("plain() takes out whatever could steer a terminal or mislead its reader", () => {
  const cases: [text: string, shown: string][] = [
    ["\x1b[31mred\x1b[0m", "red"],
    ["\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", "link"],
    ["\x1b]0;title\x1b\\rest", "rest"],
    ["\x9b31mred", "red"], // the one-character form of the same
    ["a\rb\x08c\x7f\x00d", "abcd"],
    ["safe\u202egpj.exe", "safegpj.exe"], // right-to-left override
    ["a\u2066b\u2069\u061c\u200f", "ab"],
    ["in\u200bvisi\ufeffble", "invisible"],
    ["tagged\u{e0041}\u{e007f}", "tagged"],
    ["two\nlines\tand a tab", "two\nlines\tand a tab"],
    ["Zoë 日本 🔑", "Zoë 日本 🔑"],
  ];
  for (const [text, shown] of cases) assert.equal(plain(text), shown, JSON.stringify(text));
});

Deno.test("plainLine() keeps text on its line, so that it cannot pass itself off as ours", () => {
  assert.equal(plainLine("denied\nhint: run this\r\n  now"), "denied hint: run this now");
});
