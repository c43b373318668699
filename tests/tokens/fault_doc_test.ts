import assert from "node:assert/strict";
import { PAGE, withFaultTable } from "./fault_doc.ts";

Deno.test("docs/token-lifecycle.md shows the fault table that the tests run", async () => {
  const page = await Deno.readTextFile(PAGE);
  assert.equal(withFaultTable(page), page, "Run `deno run -A tests/tokens/fault_doc.ts`");
});
