import assert from "node:assert/strict";
import { headersOf, requestOf, type RequestOptions } from "../../src/commands/api_request.ts";
import type { ApiRequest } from "../../src/api/client.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { REACH } from "../support/exchange.ts";

const MEBIBYTE = 1024 * 1024;

/** A stdin with these chunks, which counts how many have been taken. */
function stdinOf(chunks: Uint8Array<ArrayBuffer>[]) {
  const seen = { taken: 0 };
  const bytes = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const chunk = chunks[seen.taken++];
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    }, { highWaterMark: 0 });
  const readAll = async () => await new Response(bytes()).text();
  return { seen, stdin: { ...denoSystem().stdin, isTerminal: false, bytes, readAll } };
}

const textChunks = (...texts: string[]) => texts.map((text) => new TextEncoder().encode(text));

const request = (
  options: Partial<RequestOptions> & { readonly path?: string } = {},
  { stdin } = stdinOf([]),
) =>
  requestOf({ files: denoSystem().files, stdin }, REACH, options.path ?? "/things", {
    fields: [],
    headers: [],
    ...options,
  });

const field = (text: string, typed = false) => ({ text, typed });
const bodyText = async ({ body }: ApiRequest) =>
  body && await new Response(await body.open()).text();

for (
  const [options, method, query, body] of [
    [{}, "GET", "", undefined],
    [{ fields: [field("a=b")] }, "POST", "", '{"a":"b"}'],
    [{ fields: [field("a=1", true)] }, "POST", "", '{"a":1}'],
    [
      { method: "get", fields: [field("a=1", true), field("b[]=x y&z")] },
      "GET",
      "?a=1&b%5B%5D=x+y%26z",
      undefined,
    ],
    [{ method: "HEAD", fields: [field("a=b")] }, "HEAD", "?a=b", undefined],
    [{ method: "DELETE" }, "DELETE", "", undefined],
    [{ method: "delete", fields: [field("a=b")] }, "DELETE", "", '{"a":"b"}'],
    [{ method: "POST" }, "POST", "", undefined],
    [{ method: "query", fields: [field("a=b")] }, "QUERY", "", '{"a":"b"}'],
    [{ path: "/x?a=1", method: "GET", fields: [field("a=2")] }, "GET", "?a=1&a=2", undefined],
  ] as [Partial<RequestOptions>, string, string, string | undefined][]
) {
  Deno.test(`requestOf() makes ${method} ${query || body || "bare"} of ${JSON.stringify(options)}`, async () => {
    const made = await request(options);
    assert.deepEqual([made.method, made.url.search, await bodyText(made)], [method, query, body]);
    assert.equal(made.body?.contentType, body && "application/json");
    assert.equal(made.body?.once ?? false, false);
    assert.match(made.headers?.accept ?? "", /^application\/json/);
  });
}

for (const method of ["", "BAD METHOD", "GET\r\nX: y", "CONNECT", "trace", "GÉT", "GET/"]) {
  Deno.test(`requestOf() throws when the method is ${JSON.stringify(method)}`, async () => {
    await assert.rejects(request({ method }), { code: "usage" });
  });
}

Deno.test("requestOf() refuses a body for what has none, and reads no stdin for what is wrong", async () => {
  const input = stdinOf(textChunks("body"));
  const wrong: Partial<RequestOptions>[] = [
    { method: "GET", input: "-" },
    { method: "HEAD", input: "-" },
    { method: "B D", input: "-" },
    { headers: ["nonsense"], input: "-" },
    { path: "https://evil.example/", input: "-" } as Partial<RequestOptions>,
    { fields: [field("nonsense")], input: "-" },
  ];
  for (const options of wrong) await assert.rejects(request(options, input), { code: "usage" });
  assert.equal(input.seen.taken, 0);
});

Deno.test("requestOf() sends stdin as it is, with fields in the query, and again where it is small", async () => {
  const made = await request(
    { input: "-", fields: [field("a=b")] },
    stdinOf(textChunks("one ", "two")),
  );
  assert.deepEqual([made.method, made.url.search, made.body?.once], ["POST", "?a=b", false]);
  assert.equal(made.body?.contentType, undefined);
  assert.equal(await bodyText(made), "one two");
  assert.equal(await bodyText(made), "one two");
  assert.ok(await made.body?.open() instanceof Blob, "It has no length");
});

Deno.test("requestOf() keeps no more than 16 MiB of stdin, and that can be sent once", async () => {
  const chunk = new Uint8Array(MEBIBYTE).fill(7);
  const small = await request({ input: "-" }, stdinOf(Array(16).fill(chunk)));
  assert.equal(small.body?.once, false);

  const input = stdinOf(Array(40).fill(chunk));
  const large = await request({ input: "-" }, input);
  assert.equal(large.body?.once, true);
  assert.equal(input.seen.taken, 17);
  const sent = await new Response(await large.body!.open()).bytes();
  assert.equal(sent.length, 40 * MEBIBYTE);
  assert.ok(sent.every((byte) => byte === 7));
});

Deno.test("requestOf() sends a file, with its length where it is small, and again in any case", async () => {
  const dir = await Deno.makeTempDir({ prefix: "vantage-request-" });
  try {
    await Deno.writeTextFile(`${dir}/small`, "text");
    await Deno.symlink(`${dir}/small`, `${dir}/link`);
    for (const name of ["small", "link"]) {
      const made = await request({ input: `${dir}/${name}`, method: "PUT" });
      assert.deepEqual([made.method, made.body?.once, await bodyText(made)], [
        "PUT",
        false,
        "text",
      ]);
      assert.ok(await made.body?.open() instanceof Blob);
    }
    await Deno.truncate(await Deno.makeTempFile({ dir, prefix: "large" }), 17 * MEBIBYTE);
    const [large = ""] = [...Deno.readDirSync(dir)].map(({ name }) => name)
      .filter((name) => name.startsWith("large"));
    const made = await request({ input: `${dir}/${large}` });
    assert.equal(made.body?.once, false);
    for (let times = 0; times < 2; times++) {
      assert.equal((await new Response(await made.body!.open()).bytes()).length, 17 * MEBIBYTE);
    }
    // It may be gone by the time that it is sent.
    await Deno.remove(`${dir}/${large}`);
    await assert.rejects(made.body!.open(), { code: "file_unusable", message: /does not exist/ });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("requestOf() says what is wrong with a file that cannot be sent", async () => {
  const dir = await Deno.makeTempDir({ prefix: "vantage-request-" });
  try {
    for (
      const [path, why] of [[`${dir}/nowhere`, /does not exist$/], [
        dir,
        /is a directory$/,
      ]] as const
    ) {
      await assert.rejects(request({ input: path }), { code: "file_unusable", message: why });
      await assert.rejects(request({ fields: [field(`a=@${path}`, true)] }), {
        code: "file_unusable",
        message: why,
      });
    }
    await Deno.writeFile(`${dir}/binary`, new Uint8Array([0xff, 0xfe]));
    await assert.rejects(request({ fields: [field(`a=@${dir}/binary`, true)] }), {
      code: "file_unusable",
      message: /not UTF-8/,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("requestOf() takes a field from stdin", async () => {
  const made = await request(
    { fields: [field("a=@-", true)] },
    stdinOf(textChunks("from ", "stdin")),
  );
  assert.equal(await bodyText(made), '{"a":"from stdin"}');
});

Deno.test("headersOf() gives names in lower case and values without the space around them", () => {
  assert.deepEqual(headersOf(["X-Mine:  a:b  ", "x-empty:", "Accept: text/plain", "x-latin: é"]), {
    "x-mine": "a:b",
    "x-empty": "",
    accept: "text/plain",
    "x-latin": "é",
  });
});

Deno.test("headersOf() joins a header that is given twice, and knows no others", () => {
  assert.deepEqual(headersOf(["a: 1", "A: 2", "constructor: x"]), { a: "1, 2", constructor: "x" });
  assert.equal(JSON.stringify(headersOf(["__proto__: x"])), '{"__proto__":"x"}');
});

for (
  const header of [
    "",
    "no colon",
    ": value",
    " : value",
    "two words: value",
    "na(me: value",
    "x: a\r\nauthorization: b",
    "x: a\nb",
    "x: a\0b",
    "x: a\x7fb",
    "x: a\u2028b",
    "x: \u0109",
    "é: x",
  ]
) {
  Deno.test(`headersOf() throws, and does not quote it, when the header is ${JSON.stringify(header)}`, () => {
    assert.throws(() => headersOf([header]), {
      code: "usage",
      message: "Cannot read a header",
      hint: "Write it as 'name: value'",
    });
  });
}

for (
  const name of [
    "Authorization",
    "DPoP",
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Proxy-Authorization",
    "Expect",
    "Upgrade",
    "TE",
    "Trailer",
    "Keep-Alive",
  ]
) {
  Deno.test(`headersOf() throws when the header is ${name}`, () => {
    assert.throws(() => headersOf([`${name} : precious`]), (error: Error & { hint?: string }) => {
      assert.equal(
        error.message,
        `Cannot set the header '${name.toLowerCase()}': vantage does that`,
      );
      assert.doesNotMatch(error.message + error.hint, /precious/);
      return true;
    });
  });
}
