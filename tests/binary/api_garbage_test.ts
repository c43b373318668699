import assert from "node:assert/strict";
import { assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { type RawEnd, startRawServer } from "../support/api_raw.ts";
import { startProvider } from "../support/provider.ts";

const JSON_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/** What no client can make sense of, or get to the end of. */
const GARBAGE: readonly (readonly [name: string, bytes: string, end?: RawEnd])[] = [
  ["nothing", ""],
  ["nothing, and resets", "", "reset"],
  ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["half a head", "HTTP/1.1 200 OK\r\ncontent-ty"],
  ["a status that is none", "HTTP/1.1 9999999 OK\r\n\r\n"],
  ["two lengths", `${JSON_HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
  ["a negative length", `${JSON_HEAD}content-length: -1\r\n\r\n{}`],
  ["a huge length", `${JSON_HEAD}content-length: 99999999999999999999\r\n\r\n{}`],
  ["a length that is too long", `${JSON_HEAD}content-length: 10\r\n\r\n{}`],
  ["a chunk without a size", `${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}`],
  ["half a chunk", `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n5\r\n{}`],
  ["a broken gzip", `${JSON_HEAD}content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b!!`],
  ["an endless head", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(10_000)}`, "endless"],
];

for (const [name, text, end] of GARBAGE) {
  Deno.test(`vantage api ends with network when the answer is ${name}`, async () => {
    await using provider = await startProvider();
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    await using server = startRawServer(bytes, end);
    await using home = await homeWithApi(provider, { settings: { api_url: server.origin } });
    for (const args of [["-X", "POST"], ["-X", "POST", "--jq", "."]]) {
      const before = server.requests;
      const result = await home.run(["api", "/x", ...args, "--json"], { quiet: true });
      const { message } = assertApiFailed(result, "network");
      assert.ok(message.includes(server.origin) && message.length < 500, message);
      assert.ok(server.requests - before <= 1, "It was sent again");
    }
  });
}

Deno.test("vantage api bounds what it reads whole of a body that never ends", async () => {
  await using provider = await startProvider();
  const { answers } = provider.apiState;
  answers.set("/endless", () => {
    const bytes = new Uint8Array(65_536).fill(0x20);
    return new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(bytes) }),
      { headers: { "content-type": "application/json" } },
    );
  });
  await using home = await homeWithApi(provider);
  for (const args of [["--jq", "."], ["--paginate"]]) {
    const result = await home.run(["api", "/endless", ...args, "--json"]);
    assert.match(assertApiFailed(result, "api_answer").message, /large/);
  }
});
