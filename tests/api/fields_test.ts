import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldsObject, fieldsQuery, parseFields, type TypedText } from "../../src/api/fields.ts";

const noFile = (path: string) => Promise.reject(new Error(`Read ${path}`));

/** Fields as on a command line: `-f a=b` or `-F a=1`. */
const given = (...args: string[]): TypedText[] =>
  args.map((arg) => ({ text: arg.slice(3), typed: arg.startsWith("-F ") }));

const parse = (...args: string[]) => parseFields(given(...args), noFile);
const object = async (...args: string[]) => fieldsObject(await parse(...args));
/** As it is sent: `__proto__` is a member like any other there. */
const json = async (...args: string[]) => JSON.stringify(await object(...args));

for (
  const [args, expected] of [
    [["-f a=b", "-f c=d=e"], '{"a":"b","c":"d=e"}'],
    [["-f a="], '{"a":""}'],
    [["-f a= b "], '{"a":" b "}'],
    [["-f a=true", "-f b=1", "-f c=@x"], '{"a":"true","b":"1","c":"@x"}'],
    [["-f a[b]=1", "-f a[c]=2"], '{"a":{"b":"1","c":"2"}}'],
    [["-f a[]=1", "-f a[]=2"], '{"a":["1","2"]}'],
    [["-f a[b][]=1", "-f a[b][]=2", "-f a[c][d]=3"], '{"a":{"b":["1","2"],"c":{"d":"3"}}}'],
    [["-f a[][x]=1", "-f a[][y]=2", "-f a[][x]=3"], '{"a":[{"x":"1","y":"2"},{"x":"3"}]}'],
    [["-f a[][]=1", "-f a[][]=2"], '{"a":[["1"],["2"]]}'],
    [["-f a.b=1"], '{"a.b":"1"}'],
    [["-f a[ b ]=1"], '{"a":{" b ":"1"}}'],
  ] as const
) {
  Deno.test(`fieldsObject() nests ${args.join(" ")}`, async () => {
    assert.equal(await json(...args), expected);
  });
}

Deno.test("fieldsObject() takes no name for more than a name", async () => {
  assert.equal(
    await json("-f __proto__[polluted]=1", "-f a[__proto__][x]=1", "-f constructor[prototype]=2"),
    '{"__proto__":{"polluted":"1"},"a":{"__proto__":{"x":"1"}},"constructor":{"prototype":"2"}}',
  );
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(await json("-f toString=1", "-f length=2"), '{"toString":"1","length":"2"}');
});

for (
  const args of [
    ["-f a=1", "-f a=2"],
    ["-f a=1", "-f a[b]=2"],
    ["-f a[b]=1", "-f a=2"],
    ["-f a[]=1", "-f a[b]=2"],
    ["-f a[b]=1", "-f a[]=2"],
    ["-f a[]=1", "-f a=2"],
    ["-f a[b]=1", "-f a[b]=2"],
    ["-f a[b]=1", "-f a[b][c]=2"],
    ["-f a[][x]=1", "-f a[][x][y]=1", "-f a[][x]=2", "-f a=3"],
  ]
) {
  Deno.test(`fieldsObject() throws when ${args.join(" and ")} contradict each other`, async () => {
    await assert.rejects(object(...args), { code: "usage", message: /^The field 'a.*contradicts/ });
  });
}

for (
  const [text, value] of [
    ["true", true],
    ["false", false],
    ["null", null],
    ["True", "True"],
    ["", ""],
    ["0", 0],
    ["-7", -7],
    ["1.5", 1.5],
    ["1.50", 1.5],
    ["-2.0", -2],
    ["1e3", 1000],
    ["2.5E-3", 0.0025],
    ["1e400", "1e400"],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890", "12345678901234567890"],
    ["0.1234567890123456789", "0.1234567890123456789"],
    ["007", "007"],
    ["+1", "+1"],
    [".5", ".5"],
    ["1.", "1."],
    ["0x10", "0x10"],
    ["1_000", "1_000"],
    ["Infinity", "Infinity"],
    ["NaN", "NaN"],
    [" 1", " 1"],
    ["1\n", "1\n"],
  ] as const
) {
  Deno.test(`parseFields() makes ${JSON.stringify(value)} of ${JSON.stringify(text)} when typed`, async () => {
    const [field] = await parse(`-F a=${text}`);
    assert.equal(field?.value, value);
    assert.equal(field?.text, text);
    assert.equal((await parse(`-f a=${text}`))[0]?.value, text);
  });
}

Deno.test("parseFields() makes a number only of what is the same number afterwards", async () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.bigInt().map(String),
    fc.tuple(fc.bigInt(), fc.nat(), fc.integer({ min: -30, max: 30 }))
      .map(([whole, part, exponent]) => `${whole}.${part}e${exponent}`),
  );
  await fc.assert(fc.asyncProperty(number, async (text) => {
    const [field] = await parse(`-F a=${text}`);
    if (typeof field?.value === "number") {
      assert.deepEqual(decimal(String(field.value)), decimal(text));
    } else assert.equal(field?.value, text);
  }));
});

/** A number as its digits and the power of ten that they are multiplied by. */
function decimal(text: string): [digits: bigint, exponent: number] {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", part = ""] = mantissa.split(".");
  let digits = BigInt(whole + part);
  let power = Number(exponent) - part.length;
  if (digits === 0n) return [0n, 0];
  while (digits % 10n === 0n) {
    digits /= 10n;
    power++;
  }
  return [digits, power];
}

Deno.test("parseFields() reads files of typed fields in turn, and their text is a string", async () => {
  const read: string[] = [];
  const fields = await parseFields(given("-F a=@one", "-F b=@-", "-f c=@three"), (path) => {
    read.push(path);
    return Promise.resolve("true");
  });
  assert.deepEqual(read, ["one", "-"]);
  assert.deepEqual(fieldsObject(fields), { a: "true", b: "true", c: "@three" });
});

Deno.test("parseFields() throws what reading a file throws", async () => {
  await assert.rejects(parse("-F a=@nowhere"), /^Error: Read nowhere$/);
});

for (const text of ["a", "", "=b", "[]=b", "a]=b", "a[=b", "a[b=c]=d", "a[b]c=d", "a[[b]]=c"]) {
  Deno.test(`parseFields() throws when the field is '${text}'`, async () => {
    await assert.rejects(parse(`-f ${text}`), { code: "usage", hint: /name\[member\]=value/ });
  });
}

Deno.test("parseFields() throws when a field is nested deeper than any API wants", async () => {
  await parse(`-f a${"[b]".repeat(19)}=c`);
  await assert.rejects(parse(`-f a${"[]".repeat(100_000)}=c`), {
    code: "usage",
    message: /nested too deeply/,
  });
});

Deno.test("fieldsQuery() gives names as they were typed, and values as text", async () => {
  const fields = await parse("-F a[b][]=1.50", "-f a[]=x&y", "-F c=null");
  assert.deepEqual(fieldsQuery(fields), [["a[b][]", "1.50"], ["a[]", "x&y"], ["c", "null"]]);
});

/** Objects whose every value fields can say: no empty lists, and no objects in lists. */
const { tree } = fc.letrec<{ tree: object; value: unknown }>((tie) => ({
  tree: fc.dictionary(fc.stringMatching(/^[^[\]=]+$/), tie("value"), { minKeys: 1, maxKeys: 4 }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
    tie("tree"),
  ),
}));

/** The fields that say `value`, as a person would type them. */
function typed(value: unknown, key: string): string[] {
  if (typeof value === "string") return [`-f ${key}=${value}`];
  if (Array.isArray(value)) return value.map((item) => `-f ${key}[]=${item}`);
  return Object.entries(value as object).flatMap(([name, inner]) =>
    typed(inner, key === "" ? name : `${key}[${name}]`)
  );
}

Deno.test("fieldsObject() makes the object again that its fields were made of", async () => {
  await fc.assert(fc.asyncProperty(tree, async (value) => {
    assert.deepEqual(
      JSON.parse(await json(...typed(value, ""))),
      JSON.parse(JSON.stringify(value)),
    );
  }));
});
