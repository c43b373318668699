import assert from "node:assert/strict";
import fc from "fast-check";
import { GET_TOKEN, startAttackedDaemon, TOKEN } from "../support/attacked_daemon.ts";
import { type Message, RawClient, type RunningDaemon } from "../support/daemon.ts";
import { eventually } from "../tokens/eventually.ts";

const MEBIBYTE = 1024 * 1024;

const callNew = (daemon: RunningDaemon) => daemon.call("get_token", ["acme", "work"]);

/** All that the daemon answers until it hangs up, or until so many messages. */
async function answers(client: RawClient, most = Infinity): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < most) {
    const message = await client.next();
    if (!message) break;
    messages.push(message);
  }
  return messages;
}

/** Sends bytes, says that nothing more comes, and returns all answers. */
async function answersTo(daemon: RunningDaemon, data: string | Uint8Array): Promise<Message[]> {
  using client = await daemon.connect();
  // The daemon may hang up before it has read everything.
  await client.send(data).then(() => client.closeWrite()).catch(() => {});
  return await answers(client);
}

/** The error codes of answers, those of batches too. */
const codes = (messages: readonly Message[]) => messages.flat().map(({ error }) => error?.code);

Deno.test("vantage daemon answers or drops every kind of garbage, and harms nobody else", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  const line = (text: string) => text + "\n";
  const good = JSON.stringify(GET_TOKEN);
  for (
    const [data, expected] of [
      [line("GET / HTTP/1.1"), [-32700]],
      [line("["), [-32700]],
      [line("[".repeat(500_000)), [-32700]],
      [line("[".repeat(500_000) + "]".repeat(500_000)), [-32600]],
      [line(`{"a":`.repeat(150_000) + "1" + "}".repeat(150_000)), [-32600]],
      [line(`{"jsonrpc":"2.0","id":${"9".repeat(100_000)},"method":"status"}`), [-32600]],
      [line(`{"jsonrpc":"2.0","id":{"a":1},"method":"status"}`), [-32600]],
      [line(`{"jsonrpc":"2.0","id":1,"method":"toString"}`), [-32601]],
      [line(`{"jsonrpc":"2.0","id":1,"method":"get_token","params":{"__proto__":{}}}`), [-32602]],
      [line(`{"jsonrpc":"2.0","id":1,"method":"get_token","params":["a\\u0000","b"]}`), [-32602]],
      [new Uint8Array([0x22, 0xff, 0xc0, 0x80, 0x22, 0x0a]), [-32700]],
      [new Uint8Array(1000).fill(0), [-32700]],
      [good.slice(0, 40), [-32700]],
      [good, [undefined]],
      [line(good) + good.slice(0, 9), [undefined, -32700]],
      [line("") + "\r\n \t\n", []],
      [line(`[${Array(1_001).fill("1")}]`), [-32600]],
    ] as const
  ) {
    const told = codes(await answersTo(daemon, data));
    assert.deepEqual(told.sort(), [...expected].sort(), String(data).slice(0, 80));
    await world.unharmed();
  }
});

Deno.test("vantage daemon takes a request of 1 MiB and hangs up on a longer one", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  const padded = (size: number) => {
    const request = { ...GET_TOKEN, id: "" };
    const id = "x".repeat(size - JSON.stringify(request).length);
    return JSON.stringify({ ...request, id }) + "\n";
  };
  const [largest] = await answersTo(daemon, padded(MEBIBYTE));
  assert.equal(largest?.result.access_token, TOKEN);
  assert.ok(largest?.id.length > 1_000_000);
  for (const size of [MEBIBYTE + 1, 2 * MEBIBYTE]) {
    assert.deepEqual(codes(await answersTo(daemon, padded(size))), [-32600]);
  }
  // Without a line end, it is not read to its end.
  using endless = await daemon.connect();
  const sent = endless.send(new Uint8Array(64 * MEBIBYTE).fill(0x78)).then(() => false, () => true);
  assert.deepEqual(codes(await answers(endless)), [-32600]);
  assert.equal(await sent, true, "All of it was read");
  await world.unharmed();
});

Deno.test("vantage daemon answers any lines with as many answers, whatever is in them", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  const word = fc.constantFrom("jsonrpc", "2.0", "id", "method", "params", "get_token", "acme", "");
  const member = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }));
  const near = fc.record({
    jsonrpc: fc.oneof(fc.constant("2.0"), member),
    id: fc.oneof(fc.integer(), member),
    method: fc.oneof(fc.constantFrom("get_token", "status", "list_accounts", "resolve"), member),
    params: fc.oneof(fc.array(member), fc.dictionary(word, member)),
  });
  const text = fc.oneof(
    near.map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string({ unit: "binary" }).map((value) => value.replaceAll("\n", "")),
  ).filter((value) => /[^\r \t]/.test(value));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 30 }), async (lines) => {
      // None of these is a notification, which alone is not answered.
      const some = lines.filter((line) => !isNotification(line));
      const messages = await answersTo(daemon, some.map((line) => line + "\n").join(""));
      assert.equal(messages.length, some.length, JSON.stringify(some));
    }),
    { numRuns: 150 },
  );
  await world.unharmed();
});

function isNotification(line: string): boolean {
  try {
    const value = JSON.parse(line);
    const all = Array.isArray(value) ? value : [value];
    return all.length > 0 &&
      all.every((one) =>
        typeof one === "object" && one !== null && !Array.isArray(one) && !("id" in one)
      );
  } catch {
    return false;
  }
}

Deno.test("vantage daemon answers 50,000 small requests of one client while it serves another", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  using flooding = await daemon.connect();
  const count = 50_000; // a million would tell no more, and take this test's client a minute
  const request = new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"method":"x"}\n'.repeat(1_000));
  const sending = (async () => {
    for (let sent = 0; sent < count; sent += 1_000) await flooding.send(request);
  })();
  const reading = answers(flooding, count);
  for (let times = 0; times < 20; times++) await world.unharmed();
  await sending;
  const messages = await reading;
  assert.equal(messages.length, count);
  assert.ok(messages.every(({ error }) => error.code === -32601));
  await world.assertSmall(48 * MEBIBYTE);
});

Deno.test("vantage daemon reads no more from a client that never reads, and serves the others", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  const request = JSON.stringify({ ...GET_TOKEN, id: "x".repeat(10_000) }) + "\n";
  {
    await using program = stalledProgram(daemon.socket, request);
    const sent = await program.sent;
    assert.ok(sent > 20 && sent < 20_000, `${sent}`);
    for (let times = 0; times < 20; times++) await world.unharmed();
    await world.assertSmall(64 * MEBIBYTE);
  }
  await world.assertAlone();
});

/**
 * Another program with twenty clients that ask and never read. `sent`: how many requests the
 * daemon took from it before it took no more. Disposed by SIGKILL.
 */
function stalledProgram(socket: string, request: string) {
  const code = `
    const [path, text] = Deno.args;
    const bytes = new TextEncoder().encode(text);
    let sent = 0, last = -1;
    for (let n = 0; n < 20; n++) {
      const connection = await Deno.connect({ transport: "unix", path });
      (async () => {
        for (;; sent++) {
          for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        }
      })();
    }
    const timer = setInterval(() => {
      if (sent === last) { console.log(sent); clearInterval(timer); }
      last = sent;
    }, 500);
    setInterval(() => {}, 1e6);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", code, socket, request],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    sent: output.read().then(({ value }) => Number(value)),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await output.cancel();
    },
  };
}

Deno.test("vantage daemon makes room for new clients when hundreds are idle", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  const idle = [];
  for (let count = 0; count < 400; count++) {
    idle.push(await daemon.connect());
    if (count % 100 === 0) await world.unharmed(); // which keeps the one that behaves from being idle
  }
  assert.equal((await callNew(daemon)).result.access_token, TOKEN);
  await eventually(async () => (await daemon.call("status")).result.connections <= 200);
  for (const client of idle) client[Symbol.dispose]();
});

Deno.test("vantage daemon survives clients that come, ask and leave at once", async () => {
  await using world = await startAttackedDaemon();
  const { daemon } = world;
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 25 }, async (_, n) => {
      using client = await RawClient.connect(daemon.socket);
      const text = JSON.stringify(GET_TOKEN) + "\n";
      await client.send(text.slice(0, n * 5)).catch(() => {});
    }));
  }
  await world.unharmed();
  await world.assertAlone();
});
