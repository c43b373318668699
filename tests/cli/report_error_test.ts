import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { reportError } from "../../src/cli.ts";
import { ERROR_CODES, type ErrorCode, VantageError } from "../../src/errors.ts";
import { fakeSystem } from "../support/fake_system.ts";

const reported = (thrown: unknown, args: string[] = []) => {
  const { system, stderr } = fakeSystem({ args });
  return { status: reportError(system, thrown), text: stderr.text };
};

Deno.test("reportError() ends with the exit status of the code", () => {
  for (const [code, [status]] of Object.entries(ERROR_CODES)) {
    assert.equal(reported(new VantageError(code as ErrorCode, "No")).status, status);
  }
});

Deno.test("reportError() reports what is no error of ours as a defect, without its stack", () => {
  for (const thrown of [new TypeError("x is undefined"), "x is undefined"]) {
    const { status, text } = reported(thrown);
    assert.equal(status, 1);
    assert.equal(
      text,
      "error: Unexpected error: x is undefined\n" +
        "hint: Run the command again with -v and report what it prints\n",
    );
  }
  assert.match(reported(new TypeError("x"), ["-v"]).text, /^\s+at /m);
});

Deno.test("reportError() does not take for ours what stands behind --", () => {
  const { text } = reported(new TypeError("x"), ["exec", "--", "tool", "--json", "-v"]);
  assert.match(text, /^error: /);
  assert.doesNotMatch(text, /^\s+at /m);
});

Deno.test("main.ts reports a promise that fails unseen as a defect, without stack or secret", async () => {
  const dir = await Deno.makeTempDir({ prefix: "vantage-test-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--no-check",
        fileURLToPath(new URL("unhandled_fixture.ts", import.meta.url)),
        ...["status", "--watch", "--json"],
      ],
      env: { VANTAGE_HOME: dir },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 1, text);
    const { error } = JSON.parse(text);
    assert.deepEqual(
      [error.code, error.message],
      ["internal", "Unexpected error: The token [redacted] is odd"],
    );
    assert.ok(!new TextDecoder().decode(stdout).includes("defect"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
