import assert from "node:assert/strict";
import { pages } from "../../scripts/docs.ts";
import { ERROR_CODES } from "../../src/errors.ts";

const root = new URL("../../", import.meta.url);

for (const [path, text] of pages()) {
  Deno.test(`${path} says what the code says (\`deno run -A scripts/docs.ts\` writes it)`, async () => {
    assert.equal(await Deno.readTextFile(new URL(path, root)), text);
  });
}

Deno.test("docs/commands.md has every command and every option", () => {
  const text = pages().get("docs/commands.md") ?? "";
  const expected = ["## vantage login", "## vantage profile set", "--keep-remote", "--min-ttl"];
  for (const part of expected) assert.ok(text.includes(part), part);
  assert.equal(text.match(/--no-input/g)?.length, 1, "Global options belong there once");
  assert.ok(!text.includes("vantage complete\n"));
});

Deno.test("docs/errors.md has every code", () => {
  const text = pages().get("docs/errors.md") ?? "";
  for (const code of Object.keys(ERROR_CODES)) assert.ok(text.includes(`| \`${code}\` `), code);
});
