import assert from "node:assert/strict";
import { toVantageError, VantageError } from "../../src/errors.ts";
import { errorJson, errorText } from "../../src/render/error.ts";
import { Secret } from "../../src/secret.ts";
import { context } from "./context.ts";

const { style } = context();
const text = (error: VantageError, verbose = 0) => errorText(error, { style, verbose });

const refusal = new VantageError("client_refused", "The provider refused", {
  hint: "Check the client id",
  cause: new Error("HTTP 400", { cause: new Error("invalid_client") }),
});

Deno.test("errorText() tells what happened, what lies behind it and what to do next", () => {
  assert.equal(
    text(refusal),
    "error: The provider refused\ncause: HTTP 400\ncause: invalid_client\n" +
      "hint: Check the client id\n",
  );
});

Deno.test("errorText() leaves out a cause that the message repeats", () => {
  const error = new VantageError("network", "Cannot reach it: refused", {
    cause: new Error("refused"),
  });
  assert.equal(text(error), "error: Cannot reach it: refused\n");
});

Deno.test("errorText() shows a stack trace only with -v", () => {
  assert.doesNotMatch(text(refusal), /^\s+at /m);
  assert.match(text(refusal, 1), /^\s+at .*error_test\.ts/m);
});

Deno.test("errorText() keeps text of others to a line each, without control sequences", () => {
  const error = new VantageError("login_denied", "Denied (\x1b[2Jno\nhint: run evil)");
  assert.equal(text(error), "error: Denied (no hint: run evil)\n");
});

Deno.test("errorText() redacts a secret in message, cause, hint and stack", () => {
  const secret = new Secret("rt-very-secret-1");
  const leak = new Error(`token ${secret.expose()} is bad`);
  const error = new VantageError("client_refused", `Refused: ${secret.expose()}`, {
    cause: leak,
    hint: `Do not use ${encodeURIComponent(secret.expose())}`,
  });
  for (const shown of [text(error, 2), errorJson(error), text(toVantageError(leak), 2)]) {
    assert.ok(!shown.includes("very-secret"), shown);
    assert.ok(shown.includes("[redacted]"), shown);
  }
});

Deno.test("errorJson() is one document with code, message and hint", () => {
  assert.deepEqual(JSON.parse(errorJson(refusal)), {
    error: {
      code: "client_refused",
      message: "The provider refused",
      hint: "Check the client id",
    },
  });
  const bare = new VantageError("interrupted", "Interrupted");
  assert.deepEqual(JSON.parse(errorJson(bare)).error.hint, null);
});
