import assert from "node:assert/strict";
import fc from "fast-check";
import { csvText } from "../../src/render/csv.ts";
import { formatRecords } from "../../src/render/records.ts";
import { context } from "./context.ts";

/** Reads CSV as RFC 4180 has it, with lines that end in a line feed. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|\n|$)/y;
  for (;;) {
    const match = field.exec(text);
    assert.ok(match, `No CSV at ${field.lastIndex} of ${JSON.stringify(text)}`);
    records.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") return records;
    if (match[3] === "\n") records.push([]);
  }
}

/** What a spreadsheet would run, made text. */
const harmless = (value: string) => /^[=+\-@\t\r＝＋－＠]/u.test(value) ? `'${value}` : value;

const csv = (value: unknown, columns?: readonly string[], terminal?: number) =>
  formatRecords(
    value,
    { format: "csv", ...(columns && { columns }) },
    context(terminal ? { columns: terminal } : {}),
  );

Deno.test("csvText() reads back as the fields that were written", () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(..."\",\n\r=+-@\t' a"), fc.string()) });
  const table = fc.integer({ min: 1, max: 4 }).chain((count) =>
    fc.array(fc.array(text, { minLength: count, maxLength: count }), { minLength: 1 })
  );
  fc.assert(fc.property(table, ([titles = [], ...records]) => {
    const written = csvText(titles, records);
    assert.deepEqual(
      parseCsv(written),
      [titles, ...records].map((record) => record.map(harmless)),
    );
  }));
});

Deno.test("formatRecords() writes CSV with what the data has: no times seen from now, nested as JSON", async () => {
  const rows = [
    { id: 7, at: "2029-12-31T00:00:00Z", on: true, tags: ["a", "b"], of: { x: [1] }, no: null },
    { id: -7, late: "x" },
  ];
  assert.equal(
    await csv(rows),
    'id,at,on,tags,of,no,late\n7,2029-12-31T00:00:00Z,true,"[""a"",""b""]","{""x"":[1]}",,\n-7,,,,,,x',
  );
});

Deno.test("formatRecords() writes CSV of the members that every row has when no columns are given", async () => {
  const rows = Array.from({ length: 300 }, (_, at) => ({ [`k${at}`]: at }));
  const [titles] = (await csv(rows)).split("\n");
  assert.equal(titles?.split(",").length, 300);
});

Deno.test("formatRecords() keeps a spreadsheet from running a string, and leaves numbers alone", async () => {
  assert.equal(
    await csv([{ "=a": '=HYPERLINK("http://x")', n: -5, s: "-5", at: "@x", p: "+1" }]),
    '\'=a,n,s,at,p\n"\'=HYPERLINK(""http://x"")",-5,\'-5,\'@x,\'+1',
  );
});

Deno.test("formatRecords() writes CSV whose only column is empty as a record all the same", async () => {
  assert.equal(await csv([{ a: null }, { a: "" }, { a: 1 }]), 'a\n""\n""\n1');
});

Deno.test("formatRecords() writes titles alone when there are columns and no rows", async () => {
  assert.equal(await csv([], ["a.b", "c:SEE"]), "a.b,SEE");
  assert.equal(await csv([]), "");
  assert.equal(await csv([{}]), "");
});

Deno.test("formatRecords() leaves control sequences in CSV, but for a terminal", async () => {
  const rows = [{ a: "\x1b[2Jx\x1b]0;", b: "y\u202e\x07z" }];
  assert.equal(await csv(rows), "a,b\n\x1b[2Jx\x1b]0;,y\u202e\x07z");
  // One that begins in a field and would end in the next takes nothing with it.
  assert.match(await csv(rows, undefined, 80), /^a,b\nx[^,]*,yz$/);
  const unsized = { ...context(), terminal: true };
  assert.match(await formatRecords(rows, { format: "csv" }, unsized), /^a,b\nx[^,]*,yz$/);
});
