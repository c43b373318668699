import assert from "node:assert/strict";
import { jqOf, outputForm, readsWhole } from "../../src/commands/api_output.ts";

type Options = Parameters<typeof outputForm>[0];
type Call = Partial<Parameters<typeof outputForm>[1]>;

/** The form without its program. */
function formOf(options: Options, call: Call = {}) {
  const { jq, ...form } = { jq: undefined, ...outputForm(options, { json: false, ...call }) };
  return jq ? { ...form, jq: true } : form;
}

for (
  const [options, call, form] of [
    [{}, {}, { kind: "body", include: false }],
    [{ include: true }, {}, { kind: "body", include: true }],
    [{}, { json: true }, { kind: "body", include: false }],
    [{}, { paginate: true }, { kind: "pages", as: "joined" }],
    [{}, { paginate: true, json: true }, { kind: "pages", as: "joined" }],
    [{ include: true }, { paginate: true }, { kind: "body", include: true }],
    [{ slurp: true }, { paginate: true }, { kind: "pages", as: "slurped" }],
    [{}, { perLine: true }, { kind: "pages", as: "lines" }],
    [{}, { perLine: true, json: true }, { kind: "pages", as: "lines" }], // events never end
    [{}, { perLine: true, paginate: true }, { kind: "pages", as: "lines" }],
    [{}, { perLine: true, paginate: true, json: true }, { kind: "pages", as: "slurped" }],
    [{ jq: "." }, {}, { kind: "jq", jq: true, slurp: false }],
    [{ jq: ".", slurp: true }, { paginate: true }, { kind: "jq", jq: true, slurp: true }],
    [{ jq: "." }, { perLine: true }, { kind: "jq", jq: true, slurp: false }],
    [{ columns: ["a"] }, {}, { kind: "records", format: "table", columns: ["a"] }],
    [{ rows: "a.b" }, {}, { kind: "records", format: "table", rows: "a.b" }],
    [{ sort: "-a" }, {}, { kind: "records", format: "table", sort: "-a" }],
    [{ csv: true }, {}, { kind: "records", format: "csv" }],
    [{ yaml: true }, {}, { kind: "records", format: "yaml" }],
    [{ columns: ["a"] }, { json: true }, { kind: "records", format: "json", columns: ["a"] }],
    [
      { csv: true, columns: ["a"], rows: "b", sort: "a", jq: "." },
      { paginate: true },
      { kind: "records", format: "csv", columns: ["a"], rows: "b", sort: "a", jq: true },
    ],
  ] as [Options, Call, unknown][]
) {
  Deno.test(`outputForm() is ${JSON.stringify(form)} when asked for ${JSON.stringify([options, call])}`, () => {
    assert.deepEqual(formOf(options, call), form);
  });
}

for (
  const [options, call, message] of [
    [{ csv: true, yaml: true }, {}, "--csv and --yaml exclude each other"],
    [{ slurp: true }, {}, "There is nothing to slurp without --paginate"],
    [{ slurp: true }, { perLine: true }, "There is nothing to slurp without --paginate"],
    [{ slurp: true, jq: "." }, {}, "There is nothing to slurp without --paginate"],
    [{ slurp: true, csv: true }, {}, "There is nothing to slurp without --paginate"],
    [{ include: true, jq: "." }, {}, "--include and --jq exclude each other"],
    [{ include: true, csv: true }, {}, "--include and --columns and the like exclude each other"],
    [{ include: true, columns: [] }, {}, "--include and --columns and the like exclude each other"],
    [{ include: true, rows: "a" }, {}, "--include and --columns and the like exclude each other"],
    [{ include: true, sort: "a" }, {}, "--include and --columns and the like exclude each other"],
    [
      { include: true, slurp: true },
      { paginate: true },
      "--include and --slurp exclude each other",
    ],
    [{ include: true }, { perLine: true }, "--include and --subscribe exclude each other"],
    [{ include: true }, { json: true }, "--include and --json exclude each other"],
  ] as [Options, Call, string][]
) {
  Deno.test(`outputForm() throws when asked for ${JSON.stringify([options, call])}`, () => {
    assert.throws(() => formOf(options, call), { code: "usage", message });
  });
}

Deno.test("readsWhole() holds for every form but the body as it is", () => {
  const whole = (options: Options, call: Call = {}) =>
    readsWhole(outputForm(options, { json: false, ...call }));
  assert.deepEqual([whole({}), whole({ include: true }), whole({}, { json: true })], [
    false,
    false,
    false,
  ]);
  for (const options of [{ jq: "." }, { csv: true }, { columns: ["a"] }]) assert.ok(whole(options));
  assert.ok(whole({}, { paginate: true }) && whole({}, { perLine: true }));
});

Deno.test("jqOf() finds the program of a form, of rows too", async () => {
  const program = (options: Options) => jqOf(outputForm(options, { json: false }));
  assert.equal(await program({ jq: "1" })?.run("null", { raw: false, indent: false }), "1\n");
  assert.equal(
    await program({ jq: "2", csv: true })?.run("null", { raw: false, indent: false }),
    "2\n",
  );
  assert.equal(program({ csv: true }), undefined);
  assert.equal(program({}), undefined);
});
