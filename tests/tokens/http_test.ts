import assert from "node:assert/strict";
import { createHttp, type Exchange, type HttpInit, NetworkError } from "../../src/http.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { createCertificate } from "../support/tls.ts";
import { ManualClock } from "./manual_clock.ts";

const system = denoSystem();
const GET: HttpInit = { method: "GET", headers: {} };
const POST: HttpInit = { method: "POST", headers: {}, body: "refresh_token=precious" };

interface Served extends AsyncDisposable {
  readonly origin: string;
}

/** Serves HTTP on loopback. */
function serve(
  handler: (request: Request) => Response | Promise<Response>,
  tls: { cert: string; key: string } | undefined = undefined,
): Served {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = tls ? Deno.serve({ ...options, ...tls }, handler) : Deno.serve(options, handler);
  return {
    origin: `${tls ? "https" : "http"}://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Closes every connection when its request has come, without an answer. `heard`: what came. */
function serveNothing(): Served & { readonly heard: string[] } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const chunk = new Uint8Array(4096);
      let text = "";
      while (!text.includes("precious")) {
        const read = await connection.read(chunk);
        if (read === null) break;
        text += new TextDecoder().decode(chunk.subarray(0, read));
      }
      heard.push(text);
      connection.close();
    }
  })();
  return {
    origin: `http://127.0.0.1:${listener.addr.port}`,
    heard,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function failure(work: Promise<unknown>): Promise<NetworkError> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof NetworkError, `Expected a NetworkError, got ${error}`);
  return error;
}

Deno.test("createHttp() sends a body once, with its length, when no answer comes", async () => {
  await using server = serveNothing();
  const http = createHttp(system, { caCerts: [] });
  const { mayHaveArrived, message } = await failure(http(`${server.origin}/token`, POST));
  assert.equal(mayHaveArrived, true);
  assert.match(message, /^Cannot reach http:\/\/127\.0\.0\.1:\d+: /);
  assert.equal(server.heard.length, 1);
  assert.match(server.heard[0] ?? "", /^content-length: 22\r$/im);
});

Deno.test("createHttp() knows that a request never arrived when the connection is refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const http = createHttp(system, { caCerts: [] });
  const { mayHaveArrived, message } = await failure(
    http(`http://127.0.0.1:${listener.addr.port}/`, POST),
  );
  assert.equal(mayHaveArrived, false);
  assert.match(message, /refused/);
});

Deno.test("createHttp() follows no redirect", async () => {
  let requests = 0;
  await using server = serve(() => {
    requests++;
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  });
  const response = await createHttp(system, { caCerts: [] })(server.origin, POST);
  assert.equal(response.status, 307);
  assert.equal(requests, 1);
});

Deno.test("createHttp() takes answers that have no body", async () => {
  for (const status of [204, 205, 304]) {
    await using server = serve(() => new Response(null, { status }));
    const response = await createHttp(system, { caCerts: [] })(server.origin, GET);
    assert.equal(response.status, status);
    assert.equal(await response.text(), "");
  }
});

Deno.test("createHttp() throws when an answer is larger than 1 MiB, packed or endless", async () => {
  const half = new Uint8Array(512 * 1024);
  const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(half) });
  const packed = () =>
    new Response(new Blob([half, half, half]).stream().pipeThrough(new CompressionStream("gzip")), {
      headers: { "content-encoding": "gzip" },
    });
  for (const answer of [() => new Response(endless()), packed]) {
    await using server = serve(answer);
    const { message } = await failure(createHttp(system, { caCerts: [] })(server.origin, GET));
    assert.match(message, /is larger than 1 MiB$/);
  }
  await using server = serve(() => new Response(new Blob([half, half])));
  const response = await createHttp(system, { caCerts: [] })(server.origin, GET);
  assert.equal((await response.arrayBuffer()).byteLength, 1024 * 1024);
});

Deno.test("createHttp() ends an exchange when its time is up, also in the middle of the answer", async () => {
  const started = Promise.withResolvers<void>();
  const stalling = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
      started.resolve();
    },
  });
  await using server = serve(() => new Response(stalling));
  const clock = new ManualClock();
  const http = createHttp({ ...system, clock }, { caCerts: [], timeoutMs: 15_000 });
  const waiting = failure(http(server.origin, GET));
  await started.promise;
  clock.advance(15_000);
  const { message, mayHaveArrived } = await waiting;
  assert.match(message, /^No answer from http:\S+ within 15 s$/);
  assert.equal(mayHaveArrived, true);
  assert.equal(clock.nextIn(), undefined);
});

Deno.test("createHttp() leaves no timer behind when it is done", async () => {
  await using server = serve(() => new Response("done"));
  const clock = new ManualClock();
  await createHttp({ ...system, clock }, { caCerts: [] })(server.origin, GET);
  assert.equal(clock.nextIn(), undefined);
});

Deno.test("createHttp() throws the signal's reason when it aborts", async () => {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<Response>();
  await using server = serve(() => {
    arrived.resolve();
    return released.promise;
  });
  const interruption = new AbortController();
  const http = createHttp(system, { caCerts: [] });
  const waiting = http(server.origin, { ...GET, signal: interruption.signal });
  await arrived.promise;
  interruption.abort(new Error("Interrupted"));
  await assert.rejects(waiting, /^Error: Interrupted$/);
  released.resolve(new Response());
});

Deno.test("createHttp() trusts an authority that it was given, and names the setting when not", async () => {
  const { ca, ...certificate } = await createCertificate();
  await using server = serve(() => new Response("hello"), certificate);
  const { hint, mayHaveArrived } = await failure(
    createHttp(system, { caCerts: [] })(server.origin, GET),
  );
  assert.match(hint ?? "", /'ca_file'/);
  assert.equal(mayHaveArrived, false);

  using client = Deno.createHttpClient({ caCerts: [ca] });
  const trusting: typeof system = {
    ...system,
    fetch(url, init, caCerts) {
      assert.deepEqual(caCerts, [ca]);
      return fetch(url, { ...init, client }); // the system's own client is never closed
    },
  };
  const response = await createHttp(trusting, { caCerts: [ca] })(server.origin, GET);
  assert.equal(await response.text(), "hello");
});

Deno.test("createHttp() tells of every exchange, without query, header or body", async () => {
  await using server = serve(() => new Response("secret answer", { status: 418 }));
  const clock = new ManualClock();
  const exchanges: Exchange[] = [];
  const http = createHttp({ ...system, clock }, {
    caCerts: [],
    onExchange: (exchange) => exchanges.push(exchange),
  });
  await using nothing = serveNothing();
  await http(`${server.origin}/token?code=precious`, POST);
  await failure(http(`${nothing.origin}/token?code=precious`, POST));
  assert.ok(!JSON.stringify(exchanges).includes("precious"));
  const [answered, failed] = exchanges;
  assert.deepEqual(answered, {
    method: "POST",
    target: `${server.origin}/token`,
    status: 418,
    ms: 0,
  });
  assert.equal(failed?.status, undefined);
  assert.match(failed?.failure ?? "", /^Cannot reach /);
});
