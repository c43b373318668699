import assert from "node:assert/strict";
import { type ExchangeParts, Exchanger } from "../../src/api/exchange.ts";
import type { Exchange } from "../../src/api/exchange_record.ts";
import { NetworkError } from "../../src/http.ts";
import type { Clock } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { textOf } from "../support/exchange.ts";
import { ManualClock } from "../tokens/manual_clock.ts";

/** A silence that is long for a server on loopback, and short for who waits for it. */
const IDLE_MS = 60;

const system = denoSystem();

interface Served extends AsyncDisposable {
  readonly url: URL;
}

function serve(handler: (request: Request) => Response | Promise<Response>): Served {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/path?code=precious`),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Takes every connection, writes these bytes when the request has begun, and then does `last`. */
function serveRaw(bytes: string, last: "waits" | "closes"): Served & { readonly heard: string[] } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: string[] = [];
  const open = new Set<Deno.Conn>();
  const answer = async (connection: Deno.Conn) => {
    open.add(connection);
    const chunk = new Uint8Array(65_536);
    const length = await connection.read(chunk);
    if (length === null) return close(connection); // it was made to be measured
    heard.push(new TextDecoder().decode(chunk.subarray(0, length)));
    await connection.write(new TextEncoder().encode(bytes));
    if (last === "closes") close(connection);
    else await drain(connection, chunk);
  };
  const drain = async (connection: Deno.Conn, chunk: Uint8Array) => {
    while (await connection.read(chunk).catch(() => null) !== null);
    close(connection);
  };
  const close = (connection: Deno.Conn) => void (open.delete(connection) && connection.close());
  const serving = (async () => {
    const answers: Promise<void>[] = [];
    for await (const connection of listener) answers.push(answer(connection));
    await Promise.all(answers);
  })();
  return {
    url: new URL(`http://127.0.0.1:${listener.addr.port}/`),
    heard,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await serving;
    },
  };
}

function exchanger(parts: Partial<ExchangeParts> = {}) {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    exchanger: new Exchanger({
      system,
      caCerts: [],
      idleMs: 10_000,
      interrupted: new AbortController().signal,
      onExchange: (exchange) => exchanges.push(exchange),
      ...parts,
    }),
  };
}

const get = (url: URL) => ({ method: "GET", url, headers: {}, body: null });
const post = (url: URL, body: BodyInit) => ({ method: "POST", url, headers: {}, body });

async function failure(work: Promise<unknown>): Promise<NetworkError> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof NetworkError, `Expected a NetworkError, got ${error}`);
  return error;
}

const TIMED_OUT = /^No answer from http:\/\/127\.0\.0\.1:\d+ within /;

Deno.test("Exchanger.send() gives up when the server says nothing", async () => {
  await using server = serveRaw("", "waits");
  const { exchanger: { send }, exchanges } = bound({ idleMs: IDLE_MS });
  const { message, mayHaveArrived } = await failure(send(get(server.url)));
  assert.match(message, TIMED_OUT);
  assert.equal(mayHaveArrived, true);
  assert.deepEqual(exchanges.map(({ status, failure }) => [status, failure]), [
    [undefined, message],
  ]);
});

Deno.test("Exchanger.send() gives up when the server falls silent within the body", async () => {
  await using server = serveRaw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "waits");
  const { exchanger: { send }, exchanges } = bound({ idleMs: IDLE_MS });
  const { response, body } = await send(get(server.url));
  assert.equal(response.status, 200);
  const { message } = await failure(textOf(body));
  assert.match(message, TIMED_OUT);
  assert.deepEqual(exchanges.map(({ status, failure, bytes }) => [status, failure, bytes]), [
    [200, message, 4],
  ]);
});

Deno.test("Exchanger.send() throws when the connection closes within the body", async () => {
  await using server = serveRaw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "closes");
  const { exchanger: { send }, exchanges } = bound();
  const { body } = await send(get(server.url));
  const { message } = await failure(textOf(body));
  assert.match(message, /^Cannot read the answer of http:/);
  assert.equal(exchanges[0]?.failure, message);
});

Deno.test("Exchanger.send() sends a body once when the connection closes without an answer", async () => {
  await using server = serveRaw("", "closes");
  await failure(bound().exchanger.send(post(server.url, new Blob(["once"]))));
  assert.equal(server.heard.length, 1);
});

Deno.test("Exchanger.send() goes on for as long as the server takes the body", async () => {
  const chunks = 8;
  const taken = Promise.withResolvers<void>();
  await using server = serve(async (request) => {
    let size = 0;
    for await (const chunk of request.body ?? []) size += chunk.length;
    taken.resolve();
    return new Response(String(size));
  });
  const clock = new ManualClock();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent++ === chunks) return controller.close();
      clock.advance(40_000); // together much longer than the longest silence
      await new Promise((resolve) => setTimeout(resolve, 0));
      controller.enqueue(new Uint8Array(1024));
    },
  }, { highWaterMark: 0 });
  const { exchanger: { send } } = bound({ system: { ...system, clock }, idleMs: 60_000 });
  const answer = await send(post(server.url, body));
  await taken.promise;
  assert.equal(await textOf(answer.body), String(chunks * 1024));
});

Deno.test("Exchanger.send() gives a body of a known size the time that it may need", async () => {
  const mebibyte = new Blob([new Uint8Array(1024 * 1024)]);
  for (const [waitedMs, status] of [[75_000, 200], [77_000, undefined]] as const) {
    const clock = new ManualClock();
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    await using server = serve(() => {
      arrived.resolve();
      return answer.promise;
    });
    const { exchanger: { send } } = bound({ system: { ...system, clock }, idleMs: 60_000 });
    const sending = send(post(server.url, mebibyte)).catch(failed);
    await arrived.promise;
    for (let ms = 0; ms < waitedMs; ms += 1_000) {
      clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (status === 200) answer.resolve(new Response("done"));
    const incoming = await sending;
    assert.equal(incoming?.response.status, status);
    answer.resolve(new Response("too late"));
    await incoming?.cancel();
  }
});

const failed = (error: unknown) => {
  assert.match(String(error), /No answer/);
  return undefined;
};

Deno.test("Exchanger.send() does not take the reader's time for the server's silence", async () => {
  await using server = serve(() =>
    new Response(ReadableStream.from(["a", "b", "c"].map((text) => new TextEncoder().encode(text))))
  );
  const clock = new ManualClock();
  const { exchanger: { send } } = bound({ system: { ...system, clock }, idleMs: 60_000 });
  const { body } = await send(get(server.url));
  clock.advance(90_000); // the answer is there, and nobody looks at it
  await new Promise((resolve) => setTimeout(resolve, 0));
  let text = "";
  for await (const chunk of body) {
    text += new TextDecoder().decode(chunk);
    for (let times = 0; times < 3; times++) {
      clock.advance(50_000); // a person in a pager
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  assert.equal(text, "abc");
});

Deno.test("Exchanger.send() lets an answer be silent for longer when told, once it has begun", async () => {
  await using server = serveRaw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "waits");
  const clock = new ManualClock();
  const { exchanger: { send } } = bound({ system: { ...system, clock }, idleMs: 60_000 });
  const { body } = await send({ ...get(server.url), silenceMs: 300_000 });
  let hasEnded = false;
  const silent = failure(textOf(body)).finally(() => hasEnded = true);
  let waitedMs = 0;
  for (; !hasEnded && waitedMs < 600_000; waitedMs += 10_000) {
    clock.advance(10_000);
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.ok(waitedMs >= 300_000 && waitedMs < 600_000, String(waitedMs));
  assert.match((await silent).message, TIMED_OUT);

  // Before there is an answer, it has to come as soon as any.
  await using nothing = serveRaw("", "waits");
  const real = bound({ idleMs: IDLE_MS });
  await failure(real.exchanger.send({ ...get(nothing.url), silenceMs: 300_000 }));
});

Deno.test("Exchanger.send() ends a body that is being read when it is cancelled", async () => {
  await using server = serveRaw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "waits");
  const { exchanger: { send }, exchanges } = bound();
  const { body, cancel } = await send(get(server.url));
  const begun = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const _chunk of body) begun.resolve();
  })();
  reading.catch(() => {});
  await begun.promise;
  await cancel();
  await assert.rejects(reading);
  assert.equal(exchanges.length, 1);
});

Deno.test("Exchanger.send() throws the reason when it is interrupted, whenever that is", async () => {
  const reason = /^Error: Interrupted$/;
  const interruption = new AbortController();
  const { exchanger: { send } } = bound({ interrupted: interruption.signal });
  await using silent = serveRaw("", "waits");
  await using stalling = serveRaw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "waits");
  const waiting = send(get(silent.url));
  const { body } = await send(get(stalling.url));
  const reading = (async () => {
    for await (const _chunk of body) interruption.abort(new Error("Interrupted"));
  })();
  await Promise.all([assert.rejects(waiting, reason), assert.rejects(reading, reason)]);
  await assert.rejects(send(get(silent.url)), reason);
});

Deno.test("Exchanger.send() leaves no timer behind, however the exchange ends", async () => {
  await using server = serve(() => new Response("text"));
  await using closing = serveRaw("", "closes");
  const clock = new ManualClock();
  const { exchanger: { send } } = bound({ system: { ...system, clock } });
  const ways: (() => Promise<unknown>)[] = [
    async () => await textOf((await send(get(server.url))).body),
    async () => await (await send(get(server.url))).cancel(),
    async () => {
      for await (const _chunk of (await send(get(server.url))).body) break;
    },
    async () => await failure(send(get(closing.url))),
  ];
  for (const way of ways) {
    await way();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(clock.nextIn(), undefined);
  }
});

Deno.test("Exchanger.send() tells of an exchange once, without query, header or body", async () => {
  await using server = serve(() =>
    new Response("precious", { status: 418, headers: { "x-a": "precious" } })
  );
  const { exchanger: { send }, exchanges } = bound();
  const { body, cancel } = await send({ ...get(server.url), headers: { "x-b": "precious" } });
  assert.equal(exchanges.length, 0);
  await textOf(body);
  await cancel();
  await cancel();
  assert.equal(exchanges.length, 1);
  const [exchange] = exchanges as [Exchange];
  assert.ok(!JSON.stringify(exchange).includes("precious"));
  assert.deepEqual(
    [exchange.method, exchange.target, exchange.status, exchange.bytes, exchange.failure],
    ["GET", `${server.url.origin}/path`, 418, 8, undefined],
  );
  const { firstByteMs = NaN, waitedMs, totalMs } = exchange;
  assert.ok(0 < firstByteMs && firstByteMs <= waitedMs && waitedMs <= totalMs);
});

Deno.test("Exchanger.send() counts the wait for an answer whose body nobody wants", async () => {
  await using server = serve(() => new Response("unwanted"));
  const { exchanger: { send }, exchanges } = bound();
  await (await send(get(server.url))).cancel();
  for await (const _chunk of (await send(get(server.url))).body) break;
  assert.equal(exchanges.length, 2);
  for (const { waitedMs, firstByteMs = NaN, failure } of exchanges) {
    assert.ok(waitedMs >= firstByteMs, `${waitedMs} < ${firstByteMs}`);
    assert.notEqual(failure, undefined);
  }
});

Deno.test("Exchanger.send() counts no time that the reader took", async () => {
  await using server = serve(() => new Response("text"));
  const { exchanger: { send }, exchanges } = bound();
  for await (const _chunk of (await send(get(server.url))).body) {
    const until = performance.now() + 30;
    while (performance.now() < until);
  }
  const [{ totalMs, waitedMs }] = exchanges as [Exchange];
  assert.ok(totalMs - waitedMs >= 30, `${totalMs} - ${waitedMs}`);
});

Deno.test("Exchanger.send() measures a connection to an origin once, and only for who wants to know", async () => {
  await using server = serve(() => new Response("text"));
  let connections = 0;
  const connectTime = () => {
    connections++;
    return Promise.resolve(5);
  };
  const parts = { system: { ...system, connectTime } };
  const { exchanger: { send }, exchanges } = bound(parts);
  await textOf((await send(get(server.url))).body);
  await textOf((await send(get(server.url))).body);
  assert.deepEqual(exchanges.map(({ connectMs }) => connectMs), [5, undefined]);
  await textOf(
    (await bound({ ...parts, onExchange: undefined }).exchanger.send(get(server.url))).body,
  );
  assert.equal(connections, 1);
});

Deno.test("Exchanger.send() follows no redirect", async () => {
  await using server = serve(() =>
    new Response(null, { status: 302, headers: { location: "/x" } })
  );
  const { response, cancel } = await bound().exchanger.send(get(server.url));
  assert.deepEqual([response.status, response.headers.get("location")], [302, "/x"]);
  await cancel();
});

/** A server's clock may be set while it is waited for; ours, too. */
Deno.test("Exchanger.send() waits no longer when the clock is set back", async () => {
  await using server = serveRaw("", "waits");
  const real = system.clock;
  let offset = 0;
  const clock: Clock = {
    now: () => real.now() + offset,
    sleep: (ms, signal) => real.sleep(ms, signal),
  };
  const sending = bound({ system: { ...system, clock }, idleMs: IDLE_MS })
    .exchanger.send(get(server.url));
  offset = -3_600_000;
  assert.match((await failure(sending)).message, TIMED_OUT);
});

/** An exchanger whose `send` can be taken out of it. */
function bound(parts: Partial<ExchangeParts> = {}) {
  const { exchanger: made, exchanges } = exchanger(parts);
  return { exchanges, exchanger: { send: made.send.bind(made) } };
}
