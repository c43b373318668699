import assert from "node:assert/strict";
import fc from "fast-check";
import { jq } from "../../src/api/jq.ts";
import { MOST_READ_BYTES } from "../../src/api/whole.ts";
import type { ApiResult } from "../../src/commands/api.ts";
import type { OutputForm } from "../../src/commands/api_output.ts";
import type { ApiPage } from "../../src/commands/api_pages.ts";
import { apiView } from "../../src/render/api.ts";
import { plain } from "../../src/render/plain.ts";
import { context } from "./context.ts";

/** Every way to steer a terminal, and to hide or reorder text. */
const HOSTILE = "a\x1b[2J\x1b]0;owned\x07\x9b31mb\rc\u202ed\u2066e\u200bf\0g\x7f";

interface Given {
  readonly type?: string;
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Record<string, string>;
  readonly failed?: boolean;
}

function page(body: string | Uint8Array | readonly Uint8Array[], given: Given = {}): ApiPage {
  const { type, status = 200, statusText = "", headers = {}, failed = false } = given;
  const chunks = typeof body === "string"
    ? [new TextEncoder().encode(body)]
    : body instanceof Uint8Array
    ? [body]
    : body;
  return {
    status,
    statusText,
    headers: new Headers({ ...type && { "content-type": type }, ...headers }),
    failed,
    body: (async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    })(),
  };
}

const JSON_TYPE = { type: "application/json" };
const BODY: OutputForm = { kind: "body", include: false };

interface Shown {
  readonly terminal?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly failure?: Error;
}

/** What is written, and the error that it ends with. */
async function show(
  pages: ApiPage | readonly ApiPage[],
  form: OutputForm = BODY,
  { terminal = false, json = false, color = false, failure }: Shown = {},
) {
  const all = async function* () {
    yield* Array.isArray(pages) ? pages : [pages];
    if (failure) throw await Promise.resolve(failure);
  };
  const result: ApiResult = { kind: "pages", pages: all(), form };
  const where = { ...context(terminal ? { columns: 80, color } : {}), terminal, json };
  const parts: Uint8Array[] = [];
  let error: (Error & { code?: string; hint?: string }) | undefined;
  try {
    for await (const part of apiView.stream(result, where)) {
      parts.push(typeof part === "string" ? new TextEncoder().encode(part) : part);
    }
  } catch (thrown) {
    error = thrown as Error;
  }
  const bytes = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  return { bytes, text: new TextDecoder().decode(bytes), error };
}

const TERMINAL: Shown = { terminal: true };

Deno.test("apiView gives a pipe the body byte for byte, of any type", async () => {
  const binary = new Uint8Array(256).map((_, at) => at);
  for (const type of ["application/json", "text/plain", "image/png", undefined]) {
    const given = type === undefined ? {} : { type };
    assert.deepEqual(
      (await show(page([binary, binary], given))).bytes,
      new Uint8Array([...binary, ...binary]),
    );
  }
  assert.equal((await show(page('{ "a":1.0,\r\n"b" }', JSON_TYPE))).text, '{ "a":1.0,\r\n"b" }');
  assert.deepEqual(await show(page("")), { bytes: new Uint8Array(), text: "", error: undefined });
});

Deno.test("apiView indents JSON for a terminal, with its numbers as they were written", async () => {
  const { text } = await show(
    page('{"a":12345678901234567890,"b":[1.0]}', JSON_TYPE),
    BODY,
    TERMINAL,
  );
  assert.equal(text, '{\n  "a": 12345678901234567890,\n  "b": [\n    1.0\n  ]\n}\n');
  const guessed = await show(page(' {"a":1}'), BODY, TERMINAL);
  assert.equal(guessed.text, '{\n  "a": 1\n}\n');
  const coloured = await show(page('{"a":1}', JSON_TYPE), BODY, { ...TERMINAL, color: true });
  assert.notEqual(coloured.text, plain(coloured.text));
});

const csv: OutputForm = { kind: "records", format: "csv", jq: undefined };
const records = (format: "table" | "yaml" | "json"): OutputForm => ({
  kind: "records",
  format,
  jq: undefined,
});
const json = (value: unknown) => JSON.stringify(value);

for (
  const [what, made, form] of [
    ["text", () => page(HOSTILE, { type: "text/plain" }), BODY],
    ["lines", () => page(`${HOSTILE}\n${HOSTILE}\n`, { type: "text/plain" }), BODY],
    ["text of no type", () => page(HOSTILE.replace("\0", "")), BODY],
    ["text in another encoding", () =>
      page(new Uint8Array([0x61, 0x9b, 0x33, 0x1b, 0x5b]), {
        type: "text/plain; charset=iso-8859-1",
      }), BODY],
    ["JSON", () => page(json({ [HOSTILE]: HOSTILE }), JSON_TYPE), BODY],
    ["JSON with raw control characters", () => page(`{"a":"${HOSTILE}"}`, JSON_TYPE), BODY],
    ["JSON that is none", () => page(`{"a":${HOSTILE}`, JSON_TYPE), BODY],
    ["headers", () =>
      page("x", {
        type: "text/plain",
        statusText: "a\x9b31mb",
        headers: { "x-evil": "a\x9b31mb\x85" },
      }), { kind: "body", include: true }],
    ["pages", () => page(json([HOSTILE]), JSON_TYPE), { kind: "pages", as: "joined" }],
    ["slurped pages", () => page(json([HOSTILE]), JSON_TYPE), { kind: "pages", as: "slurped" }],
    ["events", () => page(json({ a: HOSTILE }), JSON_TYPE), { kind: "pages", as: "lines" }],
    ["a failed page", () => page(HOSTILE, { type: "text/plain", failed: true }), {
      kind: "pages",
      as: "joined",
    }],
    ["raw strings of jq", () => page(json({ a: HOSTILE }), JSON_TYPE), {
      kind: "jq",
      jq: jq(".a"),
      slurp: false,
    }],
    ["JSON of jq", () => page(json({ a: HOSTILE }), JSON_TYPE), {
      kind: "jq",
      jq: jq("."),
      slurp: false,
    }],
    ["CSV", () => page(json([{ [HOSTILE]: HOSTILE }]), JSON_TYPE), csv],
    ["a table", () => page(json([{ [HOSTILE]: HOSTILE }]), JSON_TYPE), records("table")],
    ["YAML", () => page(json([{ [HOSTILE]: HOSTILE }]), JSON_TYPE), records("yaml")],
    ["JSON of rows", () => page(json([{ [HOSTILE]: HOSTILE }]), JSON_TYPE), records("json")],
  ] as [string, () => ApiPage, OutputForm][]
) {
  Deno.test(`apiView leaves nothing that steers a terminal in ${what}`, async () => {
    for (const asJson of [false, true]) {
      const { text } = await show(made(), form, { terminal: true, json: asJson });
      assert.notEqual(text.trim(), "");
      assert.equal(plain(text), text);
    }
  });
}

Deno.test("apiView leaves nothing that steers a terminal, wherever the body is cut into pieces", async () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...HOSTILE.replace("\0", "\n")),
      fc.string({ unit: "binary", minLength: 1 }),
    ),
  });
  await fc.assert(fc.asyncProperty(
    text,
    fc.integer({ min: 1, max: 7 }),
    fc.constantFrom("text/plain", "application/json"),
    async (text, size, type) => {
      const bytes = new TextEncoder().encode(text.replaceAll("\0", ""));
      const chunks = Array.from(
        { length: Math.ceil(bytes.length / size) },
        (_, at) => bytes.subarray(at * size, (at + 1) * size),
      );
      const shown = await show(page(chunks, { type }), BODY, TERMINAL);
      assert.equal(plain(shown.text), shown.text);
    },
  ));
});

Deno.test("apiView shows text as it comes, and ends it with a line end", async () => {
  const arrived: string[] = [];
  const chunks = ["one\ntw", "o\nthree"].map((text) => new TextEncoder().encode(text));
  const result: ApiResult = {
    kind: "pages",
    pages: (async function* () {
      yield await Promise.resolve(page(chunks, { type: "text/plain" }));
    })(),
    form: BODY,
  };
  for await (
    const part of apiView.stream(result, {
      ...context({ columns: 80 }),
      terminal: true,
      json: false,
    })
  ) {
    arrived.push(String(part));
  }
  assert.deepEqual(arrived, ["one\n", "two\n", "three\n"]);
  const endless = "x".repeat(1000);
  const long = await show(
    page(Array(100).fill(new TextEncoder().encode(endless)), { type: "text/plain" }),
    BODY,
    TERMINAL,
  );
  assert.equal(long.text, endless.repeat(100) + "\n");
});

Deno.test("apiView shows a character whole that is cut into pieces", async () => {
  const bytes = new TextEncoder().encode("é日😀");
  const pieces = [...bytes].map((byte) => new Uint8Array([byte]));
  assert.equal((await show(page(pieces, { type: "text/plain" }), BODY, TERMINAL)).text, "é日😀\n");
});

for (
  const [what, made] of [
    ["of a binary type", () => page("text", { type: "application/octet-stream" })],
    ["with a NUL and of no type", () => page(new Uint8Array([65, 0, 66]))],
  ] as [string, () => ApiPage][]
) {
  Deno.test(`apiView refuses to show a terminal a body ${what}, and makes no JSON of it`, async () => {
    for (const where of [TERMINAL, { json: true }, { terminal: true, json: true }]) {
      const { text, error } = await show(made(), BODY, where);
      assert.deepEqual([text, error?.code], ["", "output_refused"]);
      assert.match(error?.hint ?? "", /-o FILE/);
    }
  });
}

Deno.test("apiView lets the error of the answer go before one of showing it", async () => {
  const refused = new Error("The answer's own");
  const failed = page(new Uint8Array([0, 1]), { failed: true, type: "image/png" });
  const { text, error } = await show(failed, BODY, { ...TERMINAL, failure: refused });
  assert.deepEqual([text, error], ["", refused]);
});

for (
  const [body, given, value] of [
    ['{"a": 1}\n', JSON_TYPE, { a: 1 }],
    ["[1]", {}, [1]],
    ["plain text", { type: "text/plain" }, "plain text"],
    ['{"a":1}', { type: "text/plain" }, '{"a":1}'],
    ["{ no JSON", JSON_TYPE, "{ no JSON"],
    ["", JSON_TYPE, null],
    ["", {}, null],
    [new Uint8Array([0x63, 0xe9]), { type: "text/plain; charset=latin1" }, "cé"],
    [HOSTILE, { type: "text/plain" }, HOSTILE],
  ] as [string | Uint8Array, Given, unknown][]
) {
  Deno.test(`apiView makes one JSON document of ${JSON.stringify(body)} (${given.type}) with --json`, async () => {
    const { text, error } = await show(page(body, given), BODY, { json: true });
    assert.equal(error, undefined);
    assert.deepEqual(JSON.parse(text), value);
    assert.ok(text.endsWith("\n"));
  });
}

Deno.test("apiView bounds what it makes one document of", async () => {
  const mebibyte = new Uint8Array(1024 * 1024).fill(0x20);
  let taken = 0;
  const endless: ApiPage = {
    ...page("", JSON_TYPE),
    body: (async function* () {
      for (;;) {
        taken += mebibyte.length;
        yield await Promise.resolve(mebibyte);
      }
    })(),
  };
  const { error } = await show(endless, BODY, { json: true });
  assert.equal(error?.code, "api_answer");
  assert.ok(taken <= MOST_READ_BYTES + mebibyte.length);
});

Deno.test("apiView prints the head before the body with --include", async () => {
  const headers = { "x-b": "2", "content-type": "text/plain" };
  const made = () => page("body", { status: 404, statusText: "Not Found", headers });
  const form: OutputForm = { kind: "body", include: true };
  const head = "HTTP 404 Not Found\ncontent-type: text/plain\nx-b: 2\n\n";
  assert.equal((await show(made(), form)).text, head + "body");
  assert.equal((await show(made(), form, TERMINAL)).text, head + "body\n");
  const bare = await show([page("a"), page("b")], form);
  assert.equal(bare.text, "HTTP 200\n\naHTTP 200\n\nb");
});

Deno.test("apiView joins pages, and shows the body of an error only where it is the first", async () => {
  const form: OutputForm = { kind: "pages", as: "joined" };
  const failure = new Error("The answer's own");
  const failed = () => page('{"message":"No"}', { failed: true });
  assert.equal((await show([page("[1]"), page("[2]")], form)).text, "[1,2]\n");
  const later = await show([page("[1]"), failed()], form, { failure });
  assert.deepEqual([later.text, later.error], ["[1]\n", failure]);
  const first = await show([failed()], form, { failure });
  assert.deepEqual([first.text, first.error], ['{"message":"No"}', failure]);
  assert.deepEqual((await show([page("[1]"), page("")], form)).text, "[1]\n"); // 204 has no body
});

Deno.test("apiView writes an event a line, whatever spaces are in it", async () => {
  const pretty = JSON.stringify({ a: ["x\ny", 1] }, null, 2).replaceAll("\n", "\r\n");
  const { text } = await show([page(pretty), page("[2]")], { kind: "pages", as: "lines" });
  const lines = text.split("\n");
  assert.equal(lines.length, 3);
  assert.deepEqual(lines.slice(0, 2).map((line) => JSON.parse(line)), [{ a: ["x\ny", 1] }, [2]]);
});

Deno.test("apiView runs jq on each page, and on all with --slurp", async () => {
  const run = async (expression: string, slurp: boolean, where: Shown = {}) =>
    (await show(
      [page('[{"n":"a b"}]'), page("[2]")],
      { kind: "jq", jq: jq(expression), slurp },
      where,
    )).text;
  assert.equal(await run("length", false), "1\n1\n");
  assert.equal(await run("length", true), "2\n");
  assert.equal(await run(".[0].n?", false), "a b\n");
  assert.equal(await run(".[0].n?", false, { json: true }), '"a b"\n');
  assert.equal(await run(".[0] | objects", false, TERMINAL), '{\n  "n": "a b"\n}\n');
  assert.equal(await run("empty", false), "");
  assert.equal(await run('""', false), "\n\n");
});

Deno.test("apiView shows the body of an error as it is, and runs no jq on it", async () => {
  const failure = new Error("The answer's own");
  const failed = page("not even JSON", { failed: true });
  const { text, error } = await show(failed, { kind: "jq", jq: jq("."), slurp: false }, {
    failure,
  });
  assert.deepEqual([text, error], ["not even JSON", failure]);
});

Deno.test("apiView makes rows of what jq gives, and of several pages", async () => {
  const rows: OutputForm = {
    ...csv,
    kind: "records",
    format: "csv",
    jq: jq(".items[]"),
  } as OutputForm;
  const { text } = await show(page('{"items":[{"a":1},{"a":2}]}'), rows);
  assert.equal(text, "a\n1\n2\n");
  const pages = await show([page('{"items":[{"a":1}]}'), page('{"items":[{"a":2}]}')], {
    kind: "records",
    format: "csv",
    rows: "items",
    jq: undefined,
  });
  assert.equal(pages.text, "a\n1\n2\n");
});

for (
  const form of [{ kind: "jq", jq: jq("."), slurp: false }, csv, {
    kind: "pages",
    as: "joined",
  }] as OutputForm[]
) {
  Deno.test(`apiView throws when ${form.kind} is asked of what is no JSON`, async () => {
    for (const body of ["<html>", new Uint8Array([0x22, 0xff, 0x22])]) {
      const { error } = await show(page(body), form);
      assert.equal(error?.code, "api_answer");
      assert.ok(error?.hint);
    }
  });
}

Deno.test("apiView tells of a saved file with --json alone", async () => {
  const result: ApiResult = { kind: "saved", file: { path: "a/b", bytes: 10, resumedAt: 4 } };
  const shown = async (json: boolean) =>
    (await Array.fromAsync(apiView.stream(result, { ...context(), terminal: false, json }))).join(
      "",
    );
  assert.equal(await shown(false), "");
  assert.deepEqual(JSON.parse(await shown(true)), { path: "a/b", bytes: 10, resumed_at: 4 });
});
