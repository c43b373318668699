import assert from "node:assert/strict";
import { jsonOf, MOST_READ_BYTES, readWhole, wholeAnswer } from "../../src/api/whole.ts";
import type { ApiAnswer } from "../../src/api/client.ts";
import { apiRequest, cutBody, fakeApi } from "../support/exchange.ts";

const cut = () => new Response(cutBody("hal"));
const decoded = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("wholeAnswer() asks again when the body breaks off, and joins nothing", async () => {
  const { client, sent } = fakeApi([cut(), cut(), new Response("whole", { status: 404 })]);
  const { bytes, status } = await wholeAnswer(client, apiRequest());
  assert.deepEqual([decoded(bytes), status, sent.length], ["whole", 404, 3]);
  assert.deepEqual(sent.map(({ headers }) => headers.get("range")), [null, null, null]);
});

Deno.test("wholeAnswer() gives up when the body has broken off four times", async () => {
  const { client, sent } = fakeApi([cut]);
  await assert.rejects(wholeAnswer(client, apiRequest()), { code: "network" });
  assert.equal(sent.length, 4);
});

Deno.test("wholeAnswer() sends what is not idempotent once, whatever becomes of the body", async () => {
  const body = { once: true, open: () => Promise.resolve(new Blob(["x"])) };
  for (
    const request of [
      apiRequest("POST"),
      apiRequest("POST", { idempotent: false }),
      apiRequest("PUT", { body }),
    ]
  ) {
    const { client, sent } = fakeApi([cut]);
    await assert.rejects(wholeAnswer(client, request), { code: "network" });
    assert.equal(sent.length, 1);
  }
  const { client, sent } = fakeApi([cut(), new Response("data")]);
  await wholeAnswer(client, apiRequest("POST", { idempotent: true }));
  assert.equal(sent.length, 2);
});

Deno.test("readWhole() throws and gives up the rest when the body is larger than 64 MiB", async () => {
  let cancelled = 0;
  const answer = (sizes: number[]): ApiAnswer => ({
    method: "GET",
    url: new URL("https://api.example.com/"),
    status: 200,
    statusText: "",
    headers: new Headers(),
    isReadyToken: false,
    body: (async function* () {
      for (const size of sizes) yield await Promise.resolve(new Uint8Array(size));
    })(),
    cancel: () => Promise.resolve(void cancelled++),
  });
  assert.equal((await readWhole(answer([MOST_READ_BYTES - 1, 1]))).length, MOST_READ_BYTES);
  assert.equal(cancelled, 0);
  await assert.rejects(readWhole(answer([MOST_READ_BYTES, 1, 7])), {
    code: "api_answer",
    hint: /-o or a pipe/,
  });
  assert.equal(cancelled, 1);
});

Deno.test("jsonOf() gives the text as it is, and its value", () => {
  const url = new URL("https://api.example.com/");
  const of = (bytes: Uint8Array<ArrayBuffer>) => jsonOf({ bytes, url });
  const encoded = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(of(encoded(' {"a": 1.0}\n')), { text: ' {"a": 1.0}\n', value: { a: 1 } });
  assert.deepEqual(of(encoded("\ufeff[]")).value, []);
  const deep = of(encoded("[".repeat(100_000) + "]".repeat(100_000))).value;
  assert.ok(Array.isArray(deep));
  for (
    const bytes of [encoded(""), encoded("{"), encoded("NaN"), new Uint8Array([0x22, 0xff, 0x22])]
  ) {
    assert.throws(() => of(bytes), {
      code: "api_answer",
      message: "Cannot read the answer of https://api.example.com: it is no JSON",
    });
  }
});
