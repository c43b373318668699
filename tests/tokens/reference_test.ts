import assert from "node:assert/strict";
import fc from "fast-check";
import { isVantageError } from "../../src/errors.ts";
import { formatReference, parseReference } from "../../src/tokens/reference.ts";

const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 })
  .filter((text) => text !== "." && text !== "..");

Deno.test("parseReference() gives back what formatReference() wrote, whatever the names", () => {
  fc.assert(
    fc.property(
      fc.record({ service: name, account: name, credential: name }, { noNullPrototype: true }),
      (reference) => assert.deepEqual(parseReference(formatReference(reference)), reference),
    ),
  );
});

Deno.test("parseReference() decodes percent-encoding", () => {
  assert.deepEqual(parseReference("auth://github/me%40x.org/token"), {
    service: "github",
    account: "me@x.org",
    credential: "token",
  });
});

for (
  const wrong of [
    "",
    "auth:/github/work/token",
    "AUTH://github/work/token",
    "auth://github/work",
    "auth://github/work/",
    "auth:///work/token",
    "auth://github//token",
    "auth://github/work/token/",
    "auth://github/work/token?x=1",
    "auth://github/work/token#x",
    "auth://me@github/work/token",
    "auth://github:80/work/token",
    "auth://github/wo rk/token",
    "auth://github/work/tok%en",
    "auth://github/work/%ff",
    "auth://github/../token",
    "auth://github/%2e%2e/token",
    "auth://github/wörk/token",
  ]
) {
  Deno.test(`parseReference() refuses '${wrong}'`, () => {
    assert.throws(
      () => parseReference(wrong),
      (error) => isVantageError(error, "reference_invalid"),
    );
  });
}
