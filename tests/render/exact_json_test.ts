import assert from "node:assert/strict";
import { formatRecords } from "../../src/render/records.ts";
import { parseExactly } from "../../src/render/exact_json.ts";
import { compactJson } from "../../src/render/json_text.ts";
import { context } from "./context.ts";

const TEXT = '[{"id":12345678901234567890,"n":-9007199254740993},{"id":7,"n":1.5}]';

Deno.test("parseExactly() keeps whole numbers that a double cannot hold", () => {
  assert.equal(compactJson(parseExactly(TEXT)), TEXT);
  assert.deepEqual(parseExactly("[1e300,0.1234567890123456789]"), [1e300, 0.1234567890123456789]);
});

Deno.test("formatRecords() shows, sorts and exports long ids as they are", async () => {
  const value = parseExactly(TEXT);
  const shown = (options: Parameters<typeof formatRecords>[1]) =>
    formatRecords(value, options, context());
  assert.match(await shown({ format: "csv" }), /^12345678901234567890,-9007199254740993$/m);
  assert.match(await shown({ format: "yaml" }), /^- id: 12345678901234567890$/m);
  assert.equal(
    await shown({ format: "json", columns: ["id"] }),
    '[{"id":12345678901234567890},{"id":7}]',
  );
  assert.deepEqual((await shown({ format: "table", columns: ["id"], sort: "id" })).split("\n"), [
    "                  ID",
    "                   7",
    "12345678901234567890",
  ]);
});
