import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "smol-toml";
import { editToml } from "../../src/config/toml_edit.ts";
import type { EditValue } from "../../src/config/toml_text.ts";

const edit = (text: string, path: string, value?: EditValue) =>
  editToml(text, { keys: path.split("/"), value });

Deno.test("editToml() replaces a value and nothing beside it when the key exists", async () => {
  const cases: [before: string, path: string, value: EditValue, after: string][] = [
    [
      "[profiles.a] # t\nissuer      = 'x'    # one\nclient_id   = 'y'    # two\n",
      "profiles/a/issuer",
      "much longer than before",
      "[profiles.a] # t\nissuer      = \"much longer than before\"    # one\nclient_id   = 'y'    # two\n",
    ],
    [
      "active_profile='a'# é😀\r\n[oauth]\r\n",
      "active_profile",
      "b",
      'active_profile="b"# é😀\r\n[oauth]\r\n',
    ],
    ["\uFEFFactive_profile = 'a'\n", "active_profile", "b", '\uFEFFactive_profile = "b"\n'],
    ["x = '''\n[a]\nk = 1'''\n[a]\nk = 2", "a/k", 3, "x = '''\n[a]\nk = 1'''\n[a]\nk = 3"],
    ["'a.b'.\"c\" = true # k\n", "a.b/c", false, "'a.b'.\"c\" = false # k\n"],
    ["p = { a = { k = 1 }, b = 2 } # k\n", "p/a/k", 9, "p = { a = { k = 9 }, b = 2 } # k\n"],
    ["k = ['a', 'b'] # k\n", "k", ["a", "c"], 'k = ["a", "c"] # k\n'],
    ["[s.t]\nk = 1\n", "s/p", "x", '[s.t]\nk = 1\n\n[s]\np = "x"\n'],
    ["k = 1\n", "k", { a: "b c", "d.e": "f" }, 'k = { a = "b c", "d.e" = "f" }\n'],
    ["k = 1\n", "k", 'q"\\\x7F\n', 'k = "q\\"\\\\\\u007F\\n"\n'],
  ];
  for (const [before, path, value, after] of cases) {
    assert.equal(await edit(before, path, value), after);
  }
});

Deno.test("editToml() keeps lines and comments of an array when it is written over several", async () => {
  const before =
    'k = [ # which\n  "a", # first\n  # about b\n  "b", # second\n  "c" # third\n] # end\n';
  assert.equal(
    await edit(before, "k", ["a", "c", "d", "e"]),
    'k = [ # which\n  "a", # first\n  # about b\n  "c", # third\n  "d",\n  "e",\n] # end\n',
  );
  assert.equal(await edit(before, "k", []), "k = [ # which\n  # about b\n] # end\n");
  assert.equal(
    await edit("k = [\r\n\t'a'\r\n]\r\n", "k", ["a", "b"]),
    "k = [\r\n\t'a',\r\n\t\"b\",\r\n]\r\n",
  );
  assert.equal(await edit("k = [ 'a',\n 'b' ]\n", "k", ["b", "a"]), 'k = ["b", "a"]\n');
});

Deno.test("editToml() adds a key below the last one of its table, before the next table's comment", async () => {
  const cases: [before: string, path: string, after: string][] = [
    [
      "[a]\n  x = 1 # c\n\n# about b\n[b]\n",
      "a/n",
      "[a]\n  x = 1 # c\n  n = 9\n\n# about b\n[b]\n",
    ],
    ["[a] # c\n# d\n\n[b]\nx = 1\n", "a/n", "[a] # c\nn = 9\n# d\n\n[b]\nx = 1\n"],
    ["[a]\r\nx = 1\r\n[b]\r\n", "a/n", "[a]\r\nx = 1\r\nn = 9\r\n[b]\r\n"],
    ["[a]\nx = 1", "a/n", "[a]\nx = 1\nn = 9\n"],
    ["[a]\nx = [\n 1,\n] # c\ny.z = 1\n", "a/n", "[a]\nx = [\n 1,\n] # c\ny.z = 1\nn = 9\n"],
    ["p.a.x = 1 # c\nq = 2\n", "p/a/n", "p.a.x = 1 # c\np.a.n = 9\nq = 2\n"],
    ["[p]\na.x = 1 # c\n", "p/a/n", "[p]\na.x = 1 # c\na.n = 9\n"],
    ["[p]\na = { x = 1 } # c\n", "p/a/n", "[p]\na = { x = 1, n = 9 } # c\n"],
    ["[p]\na = {} # c\n", "p/a/n", "[p]\na = { n = 9 } # c\n"],
    ["p = { a = { x = 1 } }\n", "p/b/n", "p = { a = { x = 1 }, b.n = 9 }\n"],
    ["[x]\n[p.'a.b']\n[y]\n", "p/a.b/n", "[x]\n[p.'a.b']\nn = 9\n[y]\n"],
  ];
  for (const [before, path, after] of cases) {
    assert.equal(await edit(before, path, 9), after);
    parse(after);
  }
});

Deno.test("editToml() adds a root key before the first table and leaves comments where they belong", async () => {
  const cases: [before: string, after: string][] = [
    ["", "n = 9\n"],
    ["# only\n", "# only\nn = 9\n"],
    ["x = 1 # c\n\n[a]\n", "x = 1 # c\nn = 9\n\n[a]\n"],
    ["# about a\n[a]\n", "n = 9\n\n# about a\n[a]\n"],
    ["# the file\n# more\n\n# about a\n[a]\n", "# the file\n# more\n\nn = 9\n\n# about a\n[a]\n"],
    ["\n[a]\n", "n = 9\n\n[a]\n"],
    ["\uFEFF# f\r\n\r\n[a]\r\n", "\uFEFF# f\r\n\r\nn = 9\r\n\r\n[a]\r\n"],
    ["\uFEFF[a]\n", "\uFEFFn = 9\n\n[a]\n"],
  ];
  for (const [before, after] of cases) assert.equal(await edit(before, "n", 9), after);
});

Deno.test("editToml() adds a table at the end when there is none of that name", async () => {
  assert.equal(await edit("", "p/a/n", 9), "[p.a]\nn = 9\n");
  assert.equal(await edit("[o] # c", "p/a@b/n", 9), '[o] # c\n\n[p."a@b"]\nn = 9\n');
  assert.equal(await edit("[o]\n\n", "p/a/n", 9), "[o]\n\n[p.a]\nn = 9\n");
  assert.equal(await edit("x = 1\r\n# end\r\n", "p/a", {}), "x = 1\r\n# end\r\n\r\n[p.a]\r\n");
  assert.equal(await edit("[p.a]\nx = 1\n", "p/a", {}), "[p.a]\nx = 1\n");
});

Deno.test("editToml() removes a key with its line and the comment beside it", async () => {
  const cases: [before: string, path: string, after: string][] = [
    ["# f\n[a]\n# above\nx = 1 # c\ny = 2\n", "a/x", "# f\n[a]\n# above\ny = 2\n"],
    ["x = 1\r\ny = [\r\n 1, # c\r\n]\r\n", "y", "x = 1\r\n"],
    ["a = { x = 1, y = 2, z = 3 } # c\n", "a/y", "a = { x = 1, z = 3 } # c\n"],
    ["a = { x = 1, y = 2 }\n", "a/y", "a = { x = 1 }\n"],
    ["a = { x = 1, y = 2 }\n", "a/x", "a = { y = 2 }\n"],
    ["[a]\nx = 1", "a/x", "[a]\n"],
    ["x = 1\n", "y", "x = 1\n"],
  ];
  for (const [before, path, after] of cases) assert.equal(await edit(before, path), after);
});

Deno.test("editToml() removes a table with the comments that touch it and no others", async () => {
  const three =
    "# the file\n[p.a]\nx = 1\n\n# far\n\n# about b\n[p.b] # c\n# in\nx = 2 # c\n# off\n\n" +
    "# about c\n[p.c]\nx = 3\n";
  assert.equal(
    await edit(three, "p/b"),
    "# the file\n[p.a]\nx = 1\n\n# far\n\n# about c\n[p.c]\nx = 3\n",
  );
  assert.match(await edit(three, "p/a"), /^# the file\n# far\n\n# about b\n/);
  assert.ok((await edit(three, "p/c")).endsWith("x = 2 # c\n# off\n"));
  assert.equal(await edit("[p.a]\nx = 1\n# about b\n[p.b]\n", "p/a"), "# about b\n[p.b]\n");
  assert.equal(await edit("p.a.x = 1\np.b.x = 2 # c\np.a.y = 3\n", "p/a"), "p.b.x = 2 # c\n");
  assert.equal(await edit("[p]\na = { x = 1 }\nb = {}\n", "p/a"), "[p]\nb = {}\n");
  assert.equal(await edit("p = { a = { x = 1 }, b = {} }\n", "p/a"), "p = { b = {} }\n");
});

const NAMES = ["profiles.a", 'profiles."b.c"', "oauth", "profiles . 'd@e'"];
const TABLES = [["profiles", "a"], ["profiles", "b.c"], ["oauth"], ["profiles", "d@e"]];

const gap = fc.array(
  fc.constantFrom("", "  ", "# note", "  # é😀 [profiles.x]", '# client_id = "old"', "#"),
  { maxLength: 3 },
);
const beside = fc.constantFrom("", " # why", "\t#", "  # 'quoted' = [", " ");
const scalar = fc.constantFrom('"v"', "'v'", '""', "42", "true", '"a # b"', '["a", "b"]');
const multiline = fc.constantFrom(
  '[\n    "a", # one\n\n  # two\n    "b"\n]',
  '"""\n[a]\n# x\nk = 1"""',
);
const pair = fc.record({
  gap,
  indent: fc.constantFrom("", "  ", "\t"),
  key: fc.constantFrom("k1", "k2", '"k3"', "'k4'", "k-5"),
  equals: fc.constantFrom(" = ", "=", "   =  "),
  value: fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: multiline }),
  beside,
});
const body = fc.uniqueArray(pair, { maxLength: 4, selector: ({ key }) => bare(key) });
const file = fc.record({
  root: body,
  tables: fc.array(fc.record({ gap, body, beside }), { minLength: 1, maxLength: 4 }),
  end: gap,
  eol: fc.constantFrom("\n", "\r\n"),
  bom: fc.constantFrom("", "\uFEFF"),
  lastLineEnd: fc.boolean(),
});
type File = typeof file extends fc.Arbitrary<infer T> ? T : never;
type Pair = Omit<File["root"][number], "value"> & { readonly value: string };

const bare = (key: string) => key.replaceAll(/["']/g, "");
const line = (pair: Pair) => pair.indent + pair.key + pair.equals + pair.value + pair.beside;

/** The file as text; `mark` may put marks into it, at which the text is cut. */
function render(model: File, marked?: (pair: Pair) => string, afterHeader?: number): string[] {
  const lines = (pairs: Pair[]) => pairs.flatMap((pair) => [...pair.gap, (marked ?? line)(pair)]);
  const text = [
    ...lines(model.root),
    ...model.tables.flatMap(({ gap, beside, body }, at) => [
      ...gap,
      `[${NAMES[at]}]${beside}${at === afterHeader ? "\0" : ""}`,
      ...lines(body),
    ]),
    ...model.end,
  ].join("\n") + (model.lastLineEnd ? "\n" : "");
  return (model.bom + text.replaceAll("\n", model.eol)).split("\0");
}

const value = fc.constantFrom<EditValue>("value", 7, true, ["a", "z"], ["a", "b", "c"]);
const at = (root: unknown, keys: readonly string[]) =>
  keys.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);

/** The pairs of the root (0) or a table, the keys that lead to it, and one of the pairs. */
function pick(model: File, tableAt: number, keyAt: number) {
  const index = tableAt % (model.tables.length + 1) - 1;
  const pairs = index < 0 ? model.root : model.tables[index]!.body;
  const keys = index < 0 ? [] : TABLES[index]!;
  return { index, keys, pairs, pair: pairs[keyAt % Math.max(1, pairs.length)] };
}

Deno.test("editToml() leaves every other byte as it was when it sets one key of any file", async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.nat(4), fc.nat(3), value, async (model, tableAt, keyAt, value) => {
      const { keys, pair } = pick(model, tableAt, keyAt);
      fc.pre(pair !== undefined);
      const path = [...keys, bare(pair.key)];
      const result = await editToml(render(model).join(""), { keys: path, value });
      const cut = (each: Pair) => line(each === pair ? { ...pair, value: "\0" } : each);
      const [before, after] = render(model, cut);
      assert.equal(result.slice(0, before!.length), before);
      assert.equal(result.slice(result.length - after!.length), after);
      assert.deepEqual(at(parse(result), path), value);
    }),
    { numRuns: 500 },
  );
});

Deno.test("editToml() leaves every line as it was when it adds one key to any table", async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.nat(4), value, async (model, tableAt, value) => {
      const { keys, pairs, index } = pick(model, tableAt, 0);
      fc.pre(index >= 0 || pairs.length > 0);
      const last = pairs.at(-1);
      const text = render(model).join("");
      const result = await editToml(text, { keys: [...keys, "new"], value });
      const cut = (each: Pair) => line(each) + (each === last ? "\0" : "");
      const [before, after] = render(model, cut, last ? undefined : index);
      const eol = text.includes("\n") ? model.eol : "\n";
      const written = Array.isArray(value)
        ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
        : JSON.stringify(value);
      const added = `${last?.indent ?? ""}new = ${written}`;
      assert.equal(result, before! + eol + added + (after || eol));
    }),
    { numRuns: 500 },
  );
});

Deno.test("editToml() leaves every line as it was when it adds a first key to any root", async () => {
  await fc.assert(
    fc.asyncProperty(file, async (generated) => {
      const model = { ...generated, root: [] };
      const text = render(model).join("");
      const result = await editToml(text, { keys: ["new"], value: 1 });
      assert.equal(at(parse(result), ["new"]), 1);
      const eol = text.includes("\n") ? model.eol : "\n";
      const without = [`new = 1${eol}${eol}`, `new = 1${eol}`].map((part) =>
        result.replace(part, "")
      );
      assert.ok(without.includes(text));
    }),
    { numRuns: 300 },
  );
});

Deno.test("editToml() leaves every other line as it was when it removes one key of any file", async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.nat(4), fc.nat(3), async (model, tableAt, keyAt) => {
      const { keys, pair } = pick(model, tableAt, keyAt);
      fc.pre(pair !== undefined);
      const path = [...keys, bare(pair.key)];
      const result = await editToml(render(model).join(""), { keys: path, value: undefined });
      const cut = (each: Pair) => each === pair ? `\0${line(each)}\0` : line(each);
      const [before, , after] = render(model, cut);
      assert.equal(result, before! + after!.slice(model.eol.length));
    }),
    { numRuns: 500 },
  );
});

Deno.test("editToml() leaves all other tables and their lines when it removes a table of any file", async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.nat(3), async (model, tableAt) => {
      const keys = TABLES[tableAt % model.tables.length]!;
      const text = render(model).join("");
      const result = await editToml(text, { keys, value: undefined });

      const root = parse(text);
      const parent = at(root, keys.slice(0, -1)) as Record<string, unknown>;
      delete parent[keys.at(-1)!];
      if (Object.keys(parent).length === 0) delete root.profiles;
      assert.deepEqual(parse(result), root);

      const rest = text.slice(model.bom.length).split("\n").values();
      for (const line of result.slice(model.bom.length).split("\n")) {
        assert.ok(line === "" || rest.some((other) => other === line), JSON.stringify(line));
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("editToml() leaves both kinds of line ends when a file mixes them", async () => {
  const mixed = "# a\r\n[a]\nx = 1 # c\r\ny = 2\n";
  assert.equal(await edit(mixed, "a/y", 3), "# a\r\n[a]\nx = 1 # c\r\ny = 3\n");
  assert.equal(await edit(mixed, "a/x"), "# a\r\n[a]\ny = 2\n");
});
