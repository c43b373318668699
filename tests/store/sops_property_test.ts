import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { isVantageError } from "../../src/errors.ts";
import type { AccountId, Store } from "../../src/store/store.ts";
import type { SopsFormat } from "../support/sops.ts";
import { openSops } from "../support/sops.ts";
import { ID, take } from "./contract.ts";

const OTHER = { service: "github", account: "a:b" };

async function set(store: Store, id: AccountId, fields: object): Promise<void> {
  await using lock = await take(store, id);
  await lock.set({ ...fields }, "any");
}

/** Everything that can be read, or the code of the refusal. */
async function everything(store: Store): Promise<unknown> {
  try {
    const ids = await store.list();
    return await Promise.all(ids.map(async (id) => [id, (await store.get(id))?.fields]));
  } catch (error) {
    assert.ok(isVantageError(error), `${error}`);
    assert.match(error.code, /^store_(tampered|format|key)$/);
    return error.code;
  }
}

const characters = fc.oneof(
  fc.constantFrom(..."\"'{}[]:,#|>-_&*!%@`~=+/AZaz09 \n\t\r\0\u0085\u2028\uFEFF"),
  fc.string({ minLength: 1, maxLength: 1, unit: "binary" }),
);

for (const format of ["json", "yaml"] as const) {
  Deno.test(`sopsStore() in ${format} never reads another value when any character is changed`, async () => {
    await using subject = await openSops(format);
    await set(subject.store, ID, { access_token: "one", nested: { deep: "1" }, list: ["x"] });
    await set(subject.store, OTHER, { api_key: "12" });
    const text = await subject.read();
    const expected = await everything(subject.store);
    const store = subject.another();
    const seen = { same: 0, refused: 0 };
    const change = fc.record({
      at: fc.nat(text.length - 1),
      length: fc.constantFrom(0, 1, 1, 1, 2),
      by: fc.oneof(fc.constant(""), characters),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, length, by }) => {
        await subject.write(text.slice(0, at) + by + text.slice(at + length));
        const found = await everything(store);
        if (typeof found === "string") seen.refused++;
        else {
          seen.same++;
          assert.deepEqual(found, expected);
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(seen.refused > seen.same, JSON.stringify(seen));
  });
}

/** YAML as another program prints it; by YAML 1.1, which has SOPS's times, they are quoted. */
const yaml = (tree: unknown, indent = 2) =>
  stringify(tree, { lineWidth: 0, indent, schema: "yaml-1.1" });

/** The same file as people and their editors may have written it. */
const SHAPES: Record<string, [SopsFormat, (text: string) => string]> = {
  "JSON as SOPS indents it": ["json", (text) => text],
  "JSON by two spaces": ["json", (text) => JSON.stringify(JSON.parse(text), null, 2)],
  "JSON on one line": ["json", (text) => JSON.stringify(JSON.parse(text))],
  "JSON with Windows line ends": ["json", (text) => text.replaceAll("\n", "\r\n")],
  "JSON with metadata first": ["json", (text) => {
    const { sops, ...rest } = JSON.parse(text);
    return JSON.stringify({ sops, ...rest }, null, 4);
  }],
  "YAML as SOPS indents it": ["yaml", (text) => text],
  "YAML by two spaces": ["yaml", (text) => yaml(parse(text))],
  "YAML with Windows line ends": ["yaml", (text) => text.replaceAll("\n", "\r\n")],
  "YAML with comments": ["yaml", commented],
  "YAML without a last line end": ["yaml", (text) => text.trimEnd()],
  "YAML with metadata first": ["yaml", (text) => {
    const { sops, ...rest } = parse(text);
    return yaml({ sops, ...rest }, 3);
  }],
  "YAML in brackets": ["yaml", (text) => JSON.stringify(parse(text))],
  "YAML with our part in brackets": ["yaml", (text) => {
    const { vantage, ...rest } = parse(text);
    return `vantage: ${JSON.stringify(vantage)}\n${yaml(rest)}`;
  }],
};

function commented(text: string): string {
  const lines = text.replace(
    /^( *)\w+: ENC.*$/gm,
    (line, indent) => `${indent}# before\n${line} # behind`,
  );
  return `# top\n${lines}# end\n`;
}

const names = fc.oneof(
  fc.constantFrom("a", "b", "yes", "1", "10", "x_unencrypted", "a:b", "", "toString"),
  fc.string({ maxLength: 5, unit: "binary" }).filter((name) => name !== "__proto__"),
);
const texts = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("json:1", "", "true", "5"));
const values = fc.oneof(
  texts,
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(names, texts, { maxKeys: 3 }),
);
const steps = fc.array(
  fc.record({
    account: fc.constantFrom("p", "q", "r:s", "t_unencrypted"),
    service: fc.constantFrom("vantage", "on"),
    fields: fc.option(fc.dictionary(names, values, { maxKeys: 4 }), { freq: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
);

for (const [shape, [format, reshape]] of Object.entries(SHAPES)) {
  Deno.test(`sopsStore() keeps what it is told, and the rest, in ${shape}`, async () => {
    await using subject = await openSops(format);
    await set(subject.store, { service: "kept", account: "k" }, { a: "1", b: { c: "2" } });
    await set(subject.store, { service: "vantage", account: "first" }, { a: "1" });
    const start = reshape(await subject.read());
    const asStored = (fields: object) => JSON.parse(JSON.stringify(fields));
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        await subject.write(start);
        const model = new Map<string, unknown>([
          [JSON.stringify({ service: "kept", account: "k" }), { a: "1", b: { c: "2" } }],
          [JSON.stringify({ service: "vantage", account: "first" }), { a: "1" }],
        ]);
        for (const { service, account, fields } of steps) {
          await using lock = await take(subject.store, { service, account });
          const key = JSON.stringify({ service, account });
          if (fields) {
            await lock.set(fields, "any");
            model.set(key, asStored(fields));
          } else {
            await lock.delete("any");
            model.delete(key);
          }
        }
        const found = await everything(subject.store) as [AccountId, unknown][];
        const sorted = (entries: [string, unknown][]) =>
          entries.toSorted(([a], [b]) => a < b ? -1 : 1);
        assert.deepEqual(
          sorted(found.map(([id, fields]) => [JSON.stringify(id), fields])),
          sorted([...model]),
        );
        const lines = new Set((await subject.read()).split("\n").map((line) => line.trim()));
        const comments = start.split("\n").filter((line) => /# /.test(line) && !/mac:/.test(line));
        for (const line of comments) assert.ok(lines.has(line.trim()), line);
      }),
      { numRuns: 15 },
    );
  });
}
