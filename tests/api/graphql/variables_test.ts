import assert from "node:assert/strict";
import fc from "fast-check";
import { buildSchema, graphqlSync } from "graphql";
import { isVantageError, VantageError } from "../../../src/errors.ts";
import { parseFields } from "../../../src/api/fields.ts";
import { parseDocument } from "../../../src/api/graphql/document.ts";
import { variablesFor } from "../../../src/api/graphql/variables.ts";

const schema = buildSchema(`
  scalar JSON
  enum Status { READY CREATING }
  input Range { from: Int!, to: Float }
  input Filter {
    status: Status, names: [String!], range: Range, ranges: [Range!], id: ID, extra: JSON, and: Filter
  }
  type Query {
    echo(status: Status, statuses: [Status!], filter: Filter, filters: [Filter!], json: JSON): String
  }
`);

/** "-f x=1" and "-F x=1" as they are typed. */
async function fieldsOf(...given: string[]) {
  const typed = given.map((text) => ({ text: text.slice(3), typed: text.startsWith("-F") }));
  return await parseFields(typed, () => Promise.resolve('{"status":"READY"}'));
}

async function values(declarations: string, given: string[], withSchema = false) {
  const operation = parseDocument(`query (${declarations}) { echo }`, "a");
  return variablesFor(operation, await fieldsOf(...given), withSchema ? schema : undefined);
}

async function refusal(
  declarations: string,
  given: string[],
  withSchema = false,
): Promise<VantageError> {
  const result = await values(declarations, given, withSchema).catch((error) => error);
  assert.ok(isVantageError(result, "usage"), JSON.stringify(result));
  assert.ok(result.hint);
  return result;
}

Deno.test("variablesFor() gives strings and ids as they were typed", async () => {
  for (const flag of ["-f", "-F"]) {
    const given = [`${flag} a=007`, `${flag} b=true`, `${flag} c={"x":1}`];
    assert.deepEqual(await values("$a: String, $b: ID!, $c: String", given), {
      a: "007",
      b: "true",
      c: '{"x":1}',
    });
  }
});

Deno.test("variablesFor() gives numbers and booleans whichever flag they come with", async () => {
  for (const flag of ["-f", "-F"]) {
    const given = [`${flag} a=-5`, `${flag} b=1.50`, `${flag} c=2`, `${flag} d=false`];
    const declared = "$a: Int!, $b: Float, $c: Float!, $d: Boolean";
    assert.deepEqual(await values(declared, given), { a: -5, b: 1.5, c: 2, d: false });
  }
});

Deno.test("variablesFor() refuses what is no value of a scalar", async () => {
  const wrong: [type: string, ...texts: string[]][] = [
    ["Int", "x", "", "1.5", "1e3", "0x10", "2147483648", "-2147483649", "9".repeat(400)],
    ["Float", "x", "", "NaN", "Infinity", "1e999", "0x10", "1,5"],
    ["Boolean", "x", "", "1", "True", "yes"],
  ];
  for (const [type, ...texts] of wrong) {
    for (const text of texts) {
      const error = await refusal(`$a: ${type}!`, [`-f a=${text}`]);
      assert.match(error.message, /^Cannot set 'a': /);
      assert.ok(error.message.length < 120, error.message);
    }
  }
  assert.deepEqual(await values("$a: Int", ["-f a=2147483647"]), { a: 2147483647 });
  assert.deepEqual(await values("$a: Int", ["-f a=-2147483648"]), { a: -2147483648 });
});

Deno.test("variablesFor() gives null for -F x=null when the variable may be null", async () => {
  const declared = "$a: Int, $b: String, $c: [Int!], $d: Custom";
  const given = ["-F a=null", "-F b=null", "-F c=null", "-F d=null"];
  assert.deepEqual(await values(declared, given), { a: null, b: null, c: null, d: null });
  assert.deepEqual(await values("$b: String!, $c: String", ["-F b=null", "-f c=null"]), {
    b: "null",
    c: "null",
  });
  for (const type of ["Int!", "Custom!"]) await refusal(`$a: ${type}`, ["-F a=null"]);
});

Deno.test("variablesFor() builds lists whose items have the declared type", async () => {
  const given = ["-f a[]=1", "-f a[]=2", "-f b[]=x", "-f c=3", "-F d=[1,2]"];
  assert.deepEqual(await values("$a: [Int!]!, $b: [String], $c: [Int], $d: [Int]", given), {
    a: [1, 2],
    b: ["x"],
    c: [3],
    d: [1, 2],
  });
  assert.deepEqual(await values("$a: [Int]", ["-F a[]=null"]), { a: [null] });
  assert.match((await refusal("$a: Int", ["-f a[]=1"])).message, /Int is no list/);
  assert.match((await refusal("$a: [Int]", ["-f a[]=x"])).message, /'a\[\]': 'x' is no integer/);
  assert.match((await refusal("$a: [Int]", ["-f a[x]=1"])).message, /\[Int\] is a list/);
  assert.match((await refusal("$a: Int", ["-f a[x]=1"])).message, /Int has no fields/);
});

Deno.test("variablesFor() types what no schema explains by the flag alone", async () => {
  const declared = "$a: Filter, $b: Filter!, $c: JSON, $d: JSON, $e: Status";
  const given = [
    "-f a[status]=READY",
    "-F a[range][from]=1",
    "-f a[range][to]=2",
    "-F a[names][]=x",
    '-F b={"status":"READY"}',
    '-f c={"x":1}',
    "-F d=5",
    "-f e=READY",
  ];
  assert.deepEqual(await values(declared, given), {
    a: { status: "READY", range: { from: 1, to: "2" }, names: ["x"] },
    b: { status: "READY" },
    c: '{"x":1}',
    d: 5,
    e: "READY",
  });
  assert.deepEqual(await values("$a: JSON", ["-F a={x}"]), { a: "{x}" });
});

Deno.test("variablesFor() types the fields of input objects by the schema", async () => {
  const given = [
    "-f a[status]=READY",
    "-f a[range][from]=1",
    "-F a[range][to]=2",
    "-f a[ranges][][from]=3",
    "-f a[ranges][][to]=4.5",
    "-f a[ranges][][from]=5",
    "-F a[id]=12",
    "-F a[and][extra][deep]=true",
    "-f b=CREATING",
    "-f c[]=READY",
    "-F d[][names]=x",
  ];
  const declared = "$a: Filter!, $b: Status!, $c: [Status!], $d: [Filter!]";
  const variables = await values(declared, given, true);
  assert.deepEqual(variables, {
    a: {
      status: "READY",
      range: { from: 1, to: 2 },
      ranges: [{ from: 3, to: 4.5 }, { from: 5 }],
      id: "12",
      and: { extra: { deep: true } },
    },
    b: "CREATING",
    c: ["READY"],
    d: [{ names: ["x"] }],
  });
  const source = `query (${declared}) { echo(filter: $a, status: $b, statuses: $c, filters: $d) }`;
  const answer = graphqlSync({ schema, source, variableValues: variables });
  assert.deepEqual(answer.errors, undefined);
});

Deno.test("variablesFor() says what an enum or an input object has when the schema knows better", async () => {
  const value = await refusal("$a: Status!", ["-f a=REDY"], true);
  assert.equal(value.message, "Cannot set 'a': 'REDY' is no Status");
  assert.equal(value.hint, "Give one of 'READY', 'CREATING'");
  const member = await refusal("$a: Filter", ["-f a[statu]=READY"], true);
  assert.equal(member.message, "Cannot set 'a[statu]': Filter has no such field");
  assert.match(member.hint ?? "", /'status', 'names'/);
  const text = await refusal("$a: Filter", ["-f a=READY"], true);
  assert.match(text.message, /Filter is an input object/);
  assert.deepEqual(await values("$a: Filter", ["-F a=@file"], true), { a: { status: "READY" } });
});

Deno.test("variablesFor() names the declared variables when one is unknown", async () => {
  const error = await refusal("$first: Int, $after: String", ["-f frist=1"]);
  assert.equal(error.message, "Cannot set 'frist': The operation declares no such variable");
  assert.equal(error.hint, "It declares 'first', 'after'");
  const operation = parseDocument("{ a }", "a");
  const fields = await fieldsOf("-f x=1");
  assert.throws(() => variablesFor(operation, fields), { hint: "It declares none" });
});

Deno.test("variablesFor() names the flag when a required variable has no value", async () => {
  const error = await refusal("$name: String!, $size: Int! = 3, $zone: [ID!]!, $x: Int", []);
  assert.equal(
    error.message,
    "Cannot run the operation: Its variable 'name' (String!) has no value",
  );
  assert.equal(error.hint, "Give -f name=VALUE -f zone=VALUE");
  assert.deepEqual(await values("$size: Int! = 3, $x: Int", []), {});
});

Deno.test("variablesFor() refuses two fields that contradict each other", async () => {
  for (const given of [["-f a=1", "-f a=2"], ["-f a=1", "-f a[x]=2"], ["-f a[]=1", "-f a[x]=2"]]) {
    const error = await values("$a: JSON", given).catch((error) => error);
    assert.ok(isVantageError(error, "usage"), String(error));
  }
});

Deno.test("variablesFor() takes __proto__ for a name like any other", async () => {
  const variables = await values("$__proto__: Int, $a: JSON", [
    "-f __proto__=1",
    "-f a[__proto__][polluted]=yes",
    "-f a[constructor][prototype][polluted]=yes",
  ]);
  assert.equal((Object.prototype as Record<string, unknown>).polluted, undefined);
  assert.equal(
    JSON.stringify(variables),
    '{"__proto__":1,"a":{"__proto__":{"polluted":"yes"},' +
      '"constructor":{"prototype":{"polluted":"yes"}}}}',
  );
});

Deno.test("variablesFor() throws nothing but usage when the fields are anything", async () => {
  const type = fc.constantFrom("Int", "Float!", "[Int!]!", "Filter", "[Filter]", "Status!", "JSON");
  const part = fc.constantFrom("", "status", "names", "range", "from", "__proto__", "x");
  const key = fc.array(part, { maxLength: 4 }).map((parts) =>
    "a" + parts.map((part) => `[${part}]`).join("")
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("null", "1", "READY", "[", "[[[", "{}"),
  );
  const field = fc.tuple(fc.constantFrom("-f", "-F"), key, text)
    .filter(([, , text]) => !text.startsWith("@"))
    .map(([flag, key, text]) => `${flag} ${key}=${text}`);
  await fc.assert(
    fc.asyncProperty(
      type,
      fc.array(field, { maxLength: 4 }),
      fc.boolean(),
      async (type, given, by) => {
        const result = await values(`$a: ${type}`, given, by).catch((error) => error);
        if (result instanceof Error) assert.ok(isVantageError(result, "usage"), String(result));
        else JSON.stringify(result);
      },
    ),
    { numRuns: 500 },
  );
});
