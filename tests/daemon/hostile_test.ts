/**
 * What clients do to the compiled daemon by their way of sending, over a real socket. What single
 * requests do is in tests/binary/daemon_hostile_test.ts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type Message, type RunningDaemon, startDaemon } from "../support/daemon.ts";
import { assertDone } from "../support/login.ts";
import { makeHome } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";

const TOKEN = "key-of-acme-work";
const GET_TOKEN = { jsonrpc: "2.0", id: 1, method: "get_token", params: ["acme", "work"] };

/** Measured: 8 MiB, which are the runtime's. What is kept for good grows far beyond it. */
const MOST_GROWTH = 64 * 1024 * 1024;

/** A daemon with one account, and a client that behaves. */
async function startWithClient() {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await makeHome(undefined));
  await Deno.writeTextFile(join(home.dir, "config.toml"), "");
  const add = ["account", "add", "acme", "work", "--api-key", "-"];
  assertDone(await home.run(add, { stdin: `${TOKEN}\n` }));
  const daemon = stack.use(await startDaemon(home, { quiet: true }));
  const client = stack.use(await daemon.connect());
  const unharmed = async () => {
    const asked = [client, daemon].map((who) => who.call("get_token", ["acme", "work"]));
    for (const { result } of await Promise.all(asked)) assert.equal(result?.access_token, TOKEN);
  };
  await unharmed();
  const before = await memory(daemon);
  const held = stack.move();
  return {
    daemon,
    /** Fails unless the client that behaves, and one that comes now, get what they ask for. */
    unharmed,
    async assertSmall() {
      const grown = await memory(daemon) - before;
      assert.ok(grown < MOST_GROWTH, `It has grown by ${grown} bytes`);
    },
    /** Waits until nobody is connected but the client that behaves, and who asks for that. */
    async assertAlone() {
      await eventually(async () => (await daemon.call("status")).result.connections === 2);
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The daemon's memory (bytes). */
async function memory({ running }: RunningDaemon): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${running.pid}/status`);
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) * 1024;
}

function assertAnswer(message: Message): void {
  const { jsonrpc, id, result, error } = message;
  assert.equal(jsonrpc, "2.0");
  if (error) assert.ok([-32700, -32600, -32601, -32602].includes(error.code), `${error.code}`);
  else assert.deepEqual([id, result.access_token], [1, TOKEN]);
}

Deno.test("vantage daemon answers or drops any bytes, also of clients that leave meanwhile", async () => {
  await using world = await startWithClient();
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
  await world.assertSmall();
  await world.assertAlone();
});

Deno.test("vantage daemon serves the others while one sends a million notifications", async () => {
  await using world = await startWithClient();
  {
    await using program = await notifyingProgram(world.daemon.socket);
    for (let times = 0; times < 10; times++) await world.unharmed();
    // They had their turn, and not when it was done. This takes it several seconds.
    assert.equal(program.said(), "begun\n");
    await world.assertSmall();
  }
  await world.assertAlone();
});

/** Another program that sends a million notifications, in batches. Disposed by SIGKILL. */
async function notifyingProgram(socket: string) {
  const code = `
    const path = Deno.args[0];
    const connection = await Deno.connect({ transport: "unix", path });
    connection.read(new Uint8Array(1)).then((size) => console.log("answered", size), () => {});
    const batch = Array(1_000).fill({ jsonrpc: "2.0", method: "x" });
    const bytes = new TextEncoder().encode(JSON.stringify(batch) + "\\n");
    for (let sent = 0; sent < 1_000; sent++) {
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
      if (sent === 0) console.log("begun");
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
