import assert from "node:assert/strict";
import { jq } from "../../src/api/jq.ts";

const LINES = { raw: false, indent: false };
const run = (expression: string, input: unknown = null, options = LINES) =>
  jq(expression).run(typeof input === "string" ? input : JSON.stringify(input), options);

Deno.test("Jq.run() gives a line for each result, and nothing when there is none", async () => {
  assert.equal(await run(".[]", [1, "a\nb", null, { x: [] }]), '1\n"a\\nb"\nnull\n{"x":[]}\n');
  assert.equal(await run("empty"), "");
});

Deno.test("Jq.run() indents when told", async () => {
  assert.equal(
    await run('., "s"', { a: ["b"] }, { raw: true, indent: true }),
    '{\n  "a": [\n    "b"\n  ]\n}\ns\n',
  );
});

Deno.test("Jq.run() gives raw strings as they are, spaces and empty ones too", async () => {
  const raw = (value: unknown) => run(".[]", value, { raw: true, indent: false });
  assert.equal(
    await raw(["  a  ", "", "b\nc", '"q"', "\t", "é", 1]),
    '  a  \n\nb\nc\n"q"\n\t\né\n1\n',
  );
  assert.equal(await raw([""]), "\n");
  assert.equal(await raw(['["a"]', ["a"]]), '["a"]\n["a"]\n');
});

Deno.test("Jq.run() leaves numbers as they were written", async () => {
  assert.equal(
    await run(".", "[12345678901234567890, 9007199254740993]"),
    "[12345678901234567890,9007199254740993]\n",
  );
});

Deno.test("Jq.run() takes an expression with a dash at its beginning for an expression", async () => {
  assert.equal(await run("-1"), "-1\n");
  assert.equal(await run("-.a", { a: 2 }), "-2\n");
  await assert.rejects(run("--help"), { code: "jq_invalid", excerpt: /^help\/0/ });
});

for (
  const [expression, excerpt] of [
    [
      ".a | ",
      /^syntax error, unexpected end of file at <top-level>, line 1, column 5:\n {4}\.a \| \n {8}\^$/,
    ],
    ["foo(1)", /^foo\/1 is not defined at <top-level>, line 1, column 1:\n {4}foo\(1\)\n {4}\^+$/],
    [".a as [$x] | $y", /^\$y is not defined/],
    ["", /^Top-level program not given/],
    ['include "x"; .', /^module not found: x/],
    ["foo, bar", /foo\/0 is not defined[^]*bar\/0 is not defined/],
  ] as const
) {
  Deno.test(`Jq shows where the fault is when the expression is '${expression}'`, async () => {
    for (const work of [() => run(expression), () => jq(expression).check()]) {
      await assert.rejects(
        work(),
        (error: Error & { code?: string; excerpt?: string; hint?: string }) => {
          assert.equal(error.code, "jq_invalid");
          assert.match(error.excerpt ?? "", excerpt);
          assert.doesNotMatch(error.excerpt ?? "", /compile error|^jq:/);
          assert.ok(error.hint);
          return true;
        },
      );
    }
  });
}

Deno.test("Jq.check() runs nothing, and takes what only fails on its input", async () => {
  for (
    const expression of [
      "error",
      ".a.b.c",
      "input",
      "halt_error",
      ". # all of it",
      "-1",
      "range(1e12)",
    ]
  ) {
    await jq(expression).check();
  }
});

for (
  const [expression, input, reason] of [
    [".a.b", { a: 1 }, 'Cannot index number with string ("b")'],
    ['error("mine")', null, "mine"],
    ["error({a:1})", null, '(not a string): {"a":1}'],
    ['"said" | halt_error', null, "said"],
    ["halt_error(3)", { a: 1 }, '{"a":1}'],
    ["input", null, "break"],
    ["def f: [f]; f", null, "it takes more memory than there is"],
  ] as const
) {
  Deno.test(`Jq.run() says '${reason}' when ${expression} fails`, async () => {
    await assert.rejects(run(expression, input), {
      code: "jq_failed",
      message: `The jq expression fails: ${reason}`,
    });
    assert.equal(await run("."), "null\n"); // and the next one finds all in order
  });
}

Deno.test("Jq.run() fails on JSON that is deeper than jq reads, and says so", async () => {
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  await assert.rejects(run(".", deep), {
    code: "jq_failed",
    message: /: parse error: Exceeds depth/,
  });
});

Deno.test("Jq.run() shows a program neither our files nor our environment", async () => {
  Deno.env.set("VANTAGE_TEST_JQ", "precious");
  try {
    assert.doesNotMatch(await run("$ENV, env, input_filename"), /precious|VANTAGE/);
    await assert.rejects(run('import "/etc/passwd" as $p; $p'), { code: "jq_invalid" });
  } finally {
    Deno.env.delete("VANTAGE_TEST_JQ");
  }
});
