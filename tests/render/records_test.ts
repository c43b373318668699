import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import { parseColumns } from "../../src/render/columns.ts";
import { plain } from "../../src/render/plain.ts";
import { formatRecords, type RecordOptions } from "../../src/render/records.ts";
import { rowsOf } from "../../src/render/rows.ts";
import { width } from "../../src/render/width.ts";
import { context, NOW } from "./context.ts";

const A = { name: "a" };
const B = { name: "b" };
const SECOND = new Date(NOW - 60_000).toISOString();

const show = (value: unknown, options: Partial<RecordOptions> = {}, columns?: number) =>
  formatRecords(
    value,
    { format: "table", ...options },
    context(columns === undefined ? {} : { columns }),
  );

Deno.test("rowsOf() finds the rows of an answer", async (t) => {
  const thing = { id: 1, owner: { login: "ada" } };
  const cases: [name: string, value: unknown, rows: readonly unknown[]][] = [
    ["an array", [A, B], [A, B]],
    ["an empty array", [], []],
    ["null", null, []],
    ["a scalar", "text", ["text"]],
    ["an object", A, [A]],
    ["an object with an object", thing, [thing]],
    ["the only member", { clusters: [A, B] }, [A, B]],
    ["members within each other", { a: { b: { c: [A] } } }, [A]],
    ["the only array of objects", { items: [A, B], total: 3 }, [A, B]],
    ["an empty list", { items: [], total: 0 }, []],
    ["a thing with words", { name: "x", tags: ["a"] }, [{ name: "x", tags: ["a"] }]],
    ["a thing with none", { name: "x", tags: [] }, [{ name: "x", tags: [] }]],
    ["a thing with others", { id: 1, labels: [A] }, [{ id: 1, labels: [A] }]],
    ["two arrays", { a: [A], b: [B] }, [{ a: [A], b: [B] }]],
    ["data", { data: [A], included: [B], meta: {} }, [A]],
    ["data that is a thing", { data: A, success: true, errors: [] }, [A]],
    ["data of a thing", { kind: "Secret", data: { k: "v" } }, [{
      kind: "Secret",
      data: { k: "v" },
    }]],
    ["a list beside no errors", { result: [A], success: true, errors: [], messages: [] }, [A]],
    ["nodes", { data: { viewer: { repositories: { nodes: [A, null], pageInfo: {} } } } }, [
      A,
      null,
    ]],
    ["edges", { edges: [{ node: A, cursor: "1" }, null, { node: null }], total: 1 }, [
      A,
      null,
      null,
    ]],
    ["edges of something else", { edges: [A], x: 1 }, [A]],
    ["a connection of a thing", { repo: { name: "r", issues: { nodes: [A] } } }, [A]],
    ["nothing but errors", { data: null, errors: [{ message: "no" }] }, []],
  ];
  for (const [name, value, rows] of cases) {
    await t.step(name, () => assert.deepEqual(rowsOf(value), rows));
  }
});

Deno.test("rowsOf() takes what is at a path", () => {
  const answer = {
    data: {
      clusters: { nodes: [A, B], edges: [{ node: A }, { node: B }], total: 2 },
      "a.b/c": [A],
      none: null,
    },
  };
  const cases: [path: string, rows: readonly unknown[]][] = [
    ["data.clusters.nodes", [A, B]],
    [".data.clusters.nodes", [A, B]],
    ["clusters.nodes", [A, B]],
    ["clusters", [A, B]],
    ["clusters.edges", [A, B]],
    ["clusters.edges.1.node", [B]],
    ["clusters.total", [2]],
    ["a.b/c", [A]],
    ["none", []],
    ["none.deeper", []],
    [".", [answer]],
  ];
  for (const [path, rows] of cases) assert.deepEqual(rowsOf(answer, path), rows, path);
  assert.deepEqual(rowsOf(answer.data, "data.clusters.nodes"), [A, B]);
});

Deno.test("rowsOf() says what there is when nothing is at a path", () => {
  const answer = { data: { clusters: { nodes: [], total: 0 } } };
  const cases: [value: unknown, path: string, hint: string][] = [
    [answer, "data.clusters.node", "It has 'data.clusters.nodes', 'data.clusters.total'"],
    [answer, "clustres", "It has 'data'"],
    [answer, "data.clusters.nodes.length", "It has 'data.clusters.nodes', 'data.clusters.total'"],
    [A, "__proto__", "It has 'name'"],
    [A, "toString", "It has 'name'"],
    [5, "x", "It has no members: leave out --rows"],
  ];
  for (const [value, path, hint] of cases) {
    const refused = {
      code: "output_refused",
      message: `Cannot find '${path}' in the answer`,
      hint,
    };
    assert.throws(() => rowsOf(value, path), refused, path);
  }
});

Deno.test("rowsOf() ends with any value of JSON, and with any path", () => {
  const names = fc.constantFrom("data", "nodes", "edges", "node", "items", "errors", "id", "a.b");
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, 1, "x"),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(names, tie("json"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(fc.property(json, fc.array(names), (value, path) => {
    assert.ok(Array.isArray(rowsOf(value)));
    try {
      assert.ok(Array.isArray(rowsOf(value, path.join("."))));
    } catch (error) {
      assert.equal((error as { code?: string }).code, "output_refused");
    }
  }));
  const depth = 100_000;
  assert.deepEqual(rowsOf(JSON.parse('{"a":'.repeat(depth) + "[1]" + "}".repeat(depth))), [1]);
});

Deno.test("parseColumns() reads names and titles", () => {
  const read = (...text: string[]) =>
    parseColumns(text).map(({ path, title }) => title === undefined ? [path] : [path, title]);
  assert.deepEqual(read("name,a.b.c", "a.b:Of it", " x : y "), [
    ["name"],
    ["a.b.c"],
    ["a.b", "Of it"],
    ["x", "y"],
  ]);
  assert.deepEqual(read("dc:title:,.name,."), [["dc:title"], ["name"], ["."]]);
});

Deno.test("parseColumns() refuses a column without a name, and two of one title", () => {
  for (const text of ["", "a,", ":T", "a,,b"]) {
    assert.throws(() => parseColumns([text]), { code: "usage" }, text);
  }
  assert.throws(() => parseColumns(["a,b:a"]), {
    code: "usage",
    message: "Cannot have two columns called 'a'",
  });
});

Deno.test("formatRecords() chooses columns for people: scalars, lists, and what names an object", async () => {
  const rows = [
    { id: 7, owner: null, createdAt: SECOND, labels: ["x", "y"], deep: { a: { b: 1 } } },
    { id: 12, owner: { id: 5, login: "ada" }, on: false, parts: [{}], nothing: null },
  ];
  assert.equal(
    await show(rows),
    `ID  OWNER  CREATED_AT                LABELS  ON     NOTHING
 7         ${SECOND}  x, y
12      5                                    false`,
  );
  assert.equal(
    await show(rows, {}, 100),
    [
      "ID  OWNER  CREATED_AT  LABELS  ON     NOTHING",
      " 7         1m ago      x, y",
      "12      5                      false",
    ].join("\n"),
  );
});

Deno.test("formatRecords() shows the columns that are asked for, with compact JSON for what is nested", async () => {
  const rows = [{ a: { b: 1, c: [{ d: 2 }] }, s: "007", "x.y/z": true, "dc:t": "q" }, { s: 8 }];
  assert.equal(
    await show(rows, { columns: ["a.b:BEE,a.c", "s", "x.y/z", "dc:t:", "a.c.0.d:D"] }),
    [
      "BEE  A.C        S    X.Y/Z  DC:T  D",
      '  1  [{"d":2}]  007  true   q     2',
      "                8",
    ].join("\n"),
  );
});

Deno.test("formatRecords() shows rows that are no objects", async () => {
  assert.equal(await show(["a", "b"]), "VALUE\na\nb");
  assert.equal(await show([[1, "x"], [22, "y"]]), " 0  1\n 1  x\n22  y");
  assert.equal(await show([{ a: { b: {} } }]), 'A\n{"b":{}}');
  assert.equal(await show([null, A]), "NAME\n\na");
  assert.equal(await show(["x", { a: 1 }]), 'VALUE    A\nx\n{"a":1}  1');
  assert.equal(await show([]), "");
  assert.equal(await show([], { columns: ["a"] }), "A");
});

Deno.test("formatRecords() refuses a column that no row has and says which there are", async () => {
  const rows = [{ created_at: 1, owner: { login: "ada" } }, { owner: null, name: "x" }];
  const cases: [options: Partial<RecordOptions>, of: string, hint: string][] = [
    [{ columns: ["createdAt"] }, "'createdAt' of '--columns'", "'created_at', 'owner', 'name'"],
    [{ columns: ["owner2.x"] }, "'owner2.x' of '--columns'", "'created_at', 'owner', 'name'"],
    [{ sort: "-nam" }, "'nam' of '--sort -nam'", "'created_at', 'owner', 'name'"],
  ];
  for (const [options, of, hint] of cases) {
    await assert.rejects(show(rows, options), {
      code: "usage",
      message: `Cannot find the column ${of} in any row`,
      hint: `The rows have ${hint}`,
    });
  }
  await assert.rejects(show([rows[0]], { columns: ["owner.name"] }), {
    hint: "The rows have 'owner.login'",
  });
  // Where a parent is null nobody can tell.
  assert.equal(await show([{ owner: null }], { columns: ["owner.name"] }), "OWNER.NAME\n");
});

Deno.test("formatRecords() sorts numbers, times and names as people do, with nothing at the end", async () => {
  const sorted = async (values: unknown[], sort: string) =>
    JSON.parse(
      await show(values.map((v, at) => ({ v, at })), {
        format: "json",
        sort,
        columns: ["v", "at"],
      }),
    ).map(({ v }: { v: unknown }) => v);
  const later = "2030-01-01T00:30:00+02:00";
  const earlier = "2029-12-31T22:00:00Z";
  const cases: [values: unknown[], up: unknown[], down: unknown[]][] = [
    [[10, null, 9, -1], [-1, 9, 10, null], [10, 9, -1, null]],
    [[later, earlier], [earlier, later], [later, earlier]],
    [["node10", "Node2", "node2"], ["node2", "Node2", "node10"], ["node10", "Node2", "node2"]],
    [["b", 1, earlier, true], [1, earlier, "b", true], [true, "b", earlier, 1]],
  ];
  for (const [values, up, down] of cases) {
    assert.deepEqual(await sorted(values, "v"), up);
    assert.deepEqual(await sorted(values, "-v"), down);
  }
});

Deno.test("formatRecords() leaves rows of one value in their order either way, nested or not", async () => {
  const rows = [{ o: { n: 2 }, i: 1 }, { o: { n: 1 }, i: 2 }, { o: { n: 2 }, i: 3 }, { i: 4 }];
  const order = async (sort: string) =>
    JSON.parse(await show(rows, { format: "json", sort })).map(({ i }: { i: number }) => i);
  assert.deepEqual(await order("o.n"), [2, 1, 3, 4]);
  assert.deepEqual(await order("-o.n"), [1, 3, 2, 4]);
});

Deno.test("formatRecords() writes JSON of the rows, compact on a pipe and indented on a terminal", async () => {
  const answer = { items: [{ id: 1, o: { n: "x" } }, { id: 2 }], total: 2 };
  assert.equal(await show(answer, { format: "json" }), JSON.stringify(answer.items));
  assert.equal(
    await show(answer, { format: "json", columns: ["id:ID,o.n"] }),
    '[{"ID":1,"o.n":"x"},{"ID":2,"o.n":null}]',
  );
  assert.equal(
    await show(answer, { format: "json", columns: ["id"] }, 80),
    JSON.stringify([{ id: 1 }, { id: 2 }], null, 2),
  );
});

/** JSON as an API may send it: with any character, also those that steer a terminal. */
const json = fc.jsonValue({ stringUnit: "binary", maxDepth: 4 });

Deno.test("formatRecords() writes YAML that reads back as the value, in YAML 1.1 as well", async () => {
  const words = fc.constantFrom(
    "yes",
    "on",
    "n",
    "012",
    "1:30",
    "1_0",
    "~",
    "=",
    "<<",
    "2030-01-01",
  );
  const value = fc.oneof(json, fc.dictionary(words, words), fc.array(fc.string()));
  await fc.assert(fc.asyncProperty(value, async (value) => {
    const text = await show(value, { format: "yaml" });
    for (const version of ["1.2", "1.1"] as const) {
      // -0 is a number of YAML, and none of JSON.
      const read = parse(text + "\n", { version, maxAliasCount: 0 });
      assert.equal(JSON.stringify(read), JSON.stringify(value), text);
    }
    assert.equal(plain(text), text);
  }));
});

Deno.test("formatRecords() writes YAML of all of the value, or of the rows where they are asked for", async () => {
  const answer = { items: [{ id: 1, x: 2, s: "yes" }], total: 1 };
  const yaml = (options: Partial<RecordOptions> = {}) =>
    show(answer, { format: "yaml", ...options });
  assert.equal(await yaml(), 'items:\n  - id: 1\n    x: 2\n    s: "yes"\ntotal: 1');
  assert.equal(await yaml({ columns: ["id:ID,s"] }), '- ID: 1\n  s: "yes"');
  assert.equal(await yaml({ rows: "items" }), '- id: 1\n  x: 2\n  s: "yes"');
  assert.equal(await yaml({ sort: "id" }), '- id: 1\n  x: 2\n  s: "yes"');
});

Deno.test("formatRecords() writes one document of YAML with hostile strings in it", async () => {
  const value = [{ a: "x\n---\n!!js/function y", "k\u009b": "\u202e\u{e0041}", b: "&a", c: "*a" }];
  const text = await show(value, { format: "yaml" });
  assert.equal(parseAllDocuments(text).length, 1);
  assert.deepEqual(parse(text), value);
  // Parsers of YAML 1.1 refuse it without quotes, though the library reads it.
  assert.equal(await show("=", { format: "yaml" }), '"="');
  assert.ok(text.includes('"k\\u009b": "\\u202e\\U000e0041"'), text);
});

Deno.test("formatRecords() refuses YAML that is nested too deep", async () => {
  const deep = (levels: number) => JSON.parse("[".repeat(levels) + "1" + "]".repeat(levels));
  assert.deepEqual(parse(await show(deep(200), { format: "yaml" })), deep(200));
  for (const levels of [201, 100_000]) {
    await assert.rejects(show(deep(levels), { format: "yaml" }), { code: "output_refused" });
  }
});

Deno.test("formatRecords() draws tables of any rows that are never wider than the terminal", async () => {
  const rows = fc.array(json, { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 120 }), async (rows, columns) => {
      const lines = (await show(rows, {}, columns)).split("\n");
      for (const line of lines) {
        assert.ok(width(line) <= columns, `${columns}: ${JSON.stringify(line)}`);
        assert.equal(plain(line), line);
      }
      assert.ok(lines.length === 1 || lines.length === rows.length + 1);
    }),
  );
});

Deno.test("formatRecords() shows the first columns that a terminal has a comfortable place for", async () => {
  const row = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`k${at}`, "x".repeat(30)]));
  assert.equal((await show([row], {}, 80)).split("\n")[0]?.split(/ +/).length, 4);
  assert.equal((await show([row], {}, 5)).split("\n")[0], "K0");
  assert.equal((await show([row])).split("\n")[0]?.split(/ +/).length, 30);
});

Deno.test("formatRecords() refuses a table that no string can hold, and cuts cells for a terminal", async () => {
  const rows = [
    { a: "x".repeat(1_000_000), b: 1 },
    ...Array.from({ length: 200 }, () => ({ b: 1 })),
  ];
  await assert.rejects(show(rows), {
    code: "output_refused",
    hint: "Use --csv, or name fewer columns with --columns",
  });
  const [, line = ""] = (await show(rows, {}, 40)).split("\n");
  assert.match(line, /^x+… {2}1$/);
});
