import assert from "node:assert/strict";
import fc from "fast-check";
import { joinedArrays, slurped } from "../../src/render/json_pages.ts";
import { indentJson } from "../../src/render/json_text.ts";

type Part = { readonly json: string } | Uint8Array | string;
const same = (text: string) => text;

async function* partsOf(parts: readonly Part[], failure?: Error): AsyncGenerator<Part> {
  yield* parts;
  if (failure) throw await Promise.resolve(failure);
}

/** What is written, and the error that it ends with. */
async function written(out: AsyncIterable<Uint8Array | string>) {
  let text = "";
  try {
    for await (const part of out) {
      text += typeof part === "string" ? part : new TextDecoder().decode(part);
    }
  } catch (error) {
    return { text, error: error as Error & { code?: string } };
  }
  return { text, error: undefined };
}

const pages = (...texts: string[]): Part[] => texts.map((json) => ({ json }));

const joined = (
  parts: readonly Part[],
  { shown = same, oneDocument = false, failure }: {
    readonly shown?: (text: string) => string;
    readonly oneDocument?: boolean;
    readonly failure?: Error;
  } = {},
) => written(joinedArrays(partsOf(parts, failure), shown, { oneDocument }));

for (
  const [texts, expected] of [
    [[], ""],
    [["[]"], "[]\n"],
    [["[]", "[]"], "[]\n"],
    [["[1]", "[2,3]"], "[1,2,3]\n"],
    [["[]", "[1]", "[ ]", "[\n2 ]", "[]"], "[1,2]\n"],
    [['[ {"a": 1.0} ]', "[12345678901234567890]"], '[{"a": 1.0},12345678901234567890]\n'],
    [['["],["]', "[[1],[]]"], '["],[",[1],[]]\n'],
    [["{}"], "{}\n"],
    [['{"a":1}', "null", '"x"'], '{"a":1}\nnull\n"x"\n'],
  ] as const
) {
  Deno.test(`joinedArrays() makes ${JSON.stringify(expected)} of ${JSON.stringify(texts)}`, async () => {
    assert.deepEqual(await joined(pages(...texts)), { text: expected, error: undefined });
  });
}

Deno.test("joinedArrays() writes one document when there has to be one", async () => {
  const { text } = await joined(pages('{"a":1}', "null"), { oneDocument: true });
  assert.deepEqual(JSON.parse(text), [{ a: 1 }, null]);
  assert.equal((await joined(pages("[1]", "[2]"), { oneDocument: true })).text, "[1,2]\n");
});

for (const oneDocument of [false, true]) {
  Deno.test(`joinedArrays() throws, and what it wrote is JSON, when pages are mixed, oneDocument ${oneDocument}`, async () => {
    const arrayFirst = await joined(pages("[1]", "[2]", "{}"), { oneDocument });
    assert.equal(arrayFirst.error?.code, "api_answer");
    assert.deepEqual(JSON.parse(arrayFirst.text), [1, 2]);
    const objectFirst = await joined(pages("{}", "[1]"), { oneDocument });
    assert.equal(objectFirst.error?.code, "api_answer");
    assert.deepEqual(JSON.parse(objectFirst.text), oneDocument ? [{}] : {});
    const indented = await joined(pages("[1]", "{}"), { oneDocument, shown: indentJson });
    assert.equal(indented.text, "[\n  1\n]\n");
  });

  Deno.test(`joinedArrays() closes the bracket when a page fails, oneDocument ${oneDocument}`, async () => {
    const failure = new Error("Cut by the test");
    for (
      const [texts, value] of [
        [["[1]", "[2]"], [1, 2]],
        [["[]"], []],
        [["{}", "{}"], oneDocument ? [{}, {}] : undefined],
      ] as const
    ) {
      const { text, error } = await joined(pages(...texts), { oneDocument, failure });
      assert.equal(error, failure);
      if (value) assert.deepEqual(JSON.parse(text), value);
      else assert.equal(text, "{}\n{}\n");
    }
    assert.equal((await joined([], { oneDocument, failure })).text, "");
  });
}

Deno.test("joinedArrays() passes on what is no page as it is", async () => {
  const body = new TextEncoder().encode("an error's body");
  assert.equal((await joined([body, "!"])).text, "an error's body!");
});

Deno.test("joinedArrays() looks like one array that was indented", async () => {
  for (const texts of [["[]"], ["[]", "[]"], ["[1]"], ["[1]", "[]", '[{"a":[2]},[]]'], ["[[]]"]]) {
    const all = texts.flatMap((text) => JSON.parse(text));
    const { text } = await joined(pages(...texts), { shown: indentJson });
    assert.equal(text, indentJson(JSON.stringify(all)) + "\n");
  }
});

Deno.test("joinedArrays() makes the array of all elements, however the pages are spaced", async () => {
  const page = fc.tuple(
    fc.array(fc.jsonValue(), { maxLength: 4 }),
    fc.constantFrom("", "\t", "  "),
  );
  await fc.assert(fc.asyncProperty(fc.array(page, { minLength: 1 }), async (all) => {
    const texts = all.map(([values, space]) => JSON.stringify(values, null, space));
    const expected = JSON.stringify(all.flatMap(([values]) => values));
    for (const shown of [same, indentJson]) {
      const { text } = await joined(pages(...texts), { shown });
      assert.equal(JSON.stringify(JSON.parse(text)), expected);
    }
  }));
});

Deno.test("slurped() makes an array of the pages, also when the last one fails", async () => {
  const slurp = (parts: readonly Part[], failure?: Error) =>
    written(slurped(partsOf(parts, failure), same));
  assert.equal((await slurp(pages("[1]", "{}", "[]"))).text, "[[1],\n{},\n[]]\n");
  const failed = await slurp(pages("[1]", "{}"), new Error("Cut by the test"));
  assert.deepEqual([failed.error?.message, JSON.parse(failed.text)], ["Cut by the test", [
    [1],
    {},
  ]]);
  assert.equal((await slurp([], new Error("x"))).text, "");
  assert.equal((await slurp(["an error's body"])).text, "an error's body");
});
