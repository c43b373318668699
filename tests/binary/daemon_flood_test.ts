/**
 * What clients do to the compiled daemon by their way of sending, over a real socket. What single
 * requests do is in daemon_hostile_test.ts.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { GET_TOKEN, startAttackedDaemon, TOKEN } from "../support/attacked_daemon.ts";
import type { Message } from "../support/daemon.ts";

/** Measured: 8 MiB, which are the runtime's. What is kept for good grows far beyond it. */
const MOST_GROWTH = 64 * 1024 * 1024;

function assertAnswer(message: Message): void {
  const { jsonrpc, id, result, error } = message;
  assert.equal(jsonrpc, "2.0");
  if (error) assert.ok([-32700, -32600, -32601, -32602].includes(error.code), `${error.code}`);
  else assert.deepEqual([id, result.access_token], [1, TOKEN]);
}

Deno.test("vantage daemon answers or drops any bytes, also of clients that leave meanwhile", async () => {
  await using world = await startAttackedDaemon();
  const line = new TextEncoder().encode(JSON.stringify(GET_TOKEN) + "\n");
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.nat(line.length), fc.nat(line.length)).map(([a, b]) => line.slice(a, b)),
    fc.constantFrom(
      line,
      ...["\n", "[", "]", "{", ",", '"', "\r\n", "\0"].map((text) =>
        new TextEncoder().encode(text)
      ),
    ),
  );
  const leaving = fc.constantFrom("reading to the end", "closing its side", "at once");
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), leaving, async (pieces, leaving) => {
      using client = await world.daemon.connect();
      for (const piece of pieces) await client.send(piece);
      if (leaving !== "at once") await client.closeWrite();
      if (leaving === "reading to the end") {
        let message = await client.next();
        for (; message; message = await client.next()) [message].flat().forEach(assertAnswer);
      }
      await world.unharmed();
    }),
    { numRuns: 200 },
  );
  await world.assertSmall(MOST_GROWTH);
  await world.assertAlone();
});

Deno.test("vantage daemon serves the others while one sends ten million notifications", async () => {
  await using world = await startAttackedDaemon();
  {
    await using program = await notifyingProgram(world.daemon.socket);
    for (let times = 0; times < 5; times++) await world.unharmed();
    // They had their turn in between, and not only now and then.
    assert.match(program.said(), /^begun\n(?:\d+ million\n){0,4}$/);
    await world.assertSmall(MOST_GROWTH);
  }
  await world.assertAlone();
});

/** Another program that sends ten million notifications, in batches. Disposed by SIGKILL. */
async function notifyingProgram(socket: string) {
  const code = `
    const path = Deno.args[0];
    const connection = await Deno.connect({ transport: "unix", path });
    connection.read(new Uint8Array(1)).then((size) => console.log("answered", size), () => {});
    const batch = Array(1_000).fill({ jsonrpc: "2.0", method: "x" });
    const bytes = new TextEncoder().encode(JSON.stringify(batch) + "\\n");
    for (let sent = 0; sent < 10_000; sent++) {
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
      if (sent === 0) console.log("begun");
      else if (sent % 1_000 === 0) console.log(sent / 1_000 + " million");
    }
    console.log("done");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", code, socket],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let said = "";
  const begun = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      begun.resolve();
    }
    begun.reject(new Error("The program ended"));
  })();
  await begun.promise;
  return {
    said: () => said,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended by itself
      }
      await child.status;
      await reading;
    },
  };
}
