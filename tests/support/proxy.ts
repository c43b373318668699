import {
  encodeHead,
  encodeMessage,
  isDisconnect,
  type Message,
  MessageReader,
  writeAll,
} from "./http1.ts";

/** A running proxy. */
export interface Proxy extends AsyncDisposable {
  /** What `HTTP_PROXY` and `HTTPS_PROXY` are set to. */
  readonly url: string;
  /** Each `host:port` it was asked for, once a request. */
  readonly targets: string[];
}

/** Starts a real HTTP proxy on loopback: CONNECT tunnels (RFC 9110, 9.3.6) and plain requests. */
export function startProxy(): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const targets: string[] = [];
  const open = new Set<Deno.Conn>();
  const tasks = new Set<Promise<void>>();

  const start = (work: Promise<void>) => {
    const task = work.catch((error) => {
      if (!isDisconnect(error)) throw error;
    }).finally(() => tasks.delete(task));
    tasks.add(task);
  };
  const accept = async () => {
    for await (const client of listener) start(serve(client));
  };
  const serve = async (client: Deno.Conn) => {
    using connections = new DisposableStack();
    const keep = (connection: Deno.Conn) => {
      open.add(connections.use(connection));
      connections.defer(() => open.delete(connection));
      return connection;
    };
    await relay(keep(client), async (target) => {
      targets.push(target);
      const { hostname, port } = new URL(`http://${target}`);
      // The URL parser drops port 80 and keeps the brackets of IPv6.
      const address = { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
      return keep(await Deno.connect(address));
    });
  };

  start(accept());
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    targets,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection[Symbol.dispose]();
      await Promise.all(tasks);
    },
  };
}

type Connect = (target: string) => Promise<Deno.Conn>;

async function relay(client: Deno.Conn, connect: Connect): Promise<void> {
  const reader = new MessageReader(client);
  while (true) {
    const head = await reader.head();
    if (!head) return;
    const [method = "", target = ""] = head.start.split(" ");
    if (method === "CONNECT") return await tunnel(client, reader, await connect(target));
    const body = await reader.body(head.headers, { isAnswer: false });
    await forward(client, { ...head, body }, connect);
  }
}

async function tunnel(client: Deno.Conn, reader: MessageReader, server: Deno.Conn): Promise<void> {
  await writeAll(client, encodeHead("HTTP/1.1 200 Connected", new Headers()));
  await writeAll(server, reader.takeHeld());
  await Promise.all([pump(client, server), pump(server, client)]);
}

/** Copies until `from` ends, and says so to `to`, whose other direction stays open. */
async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(16_384);
  while (true) {
    const read = await from.read(chunk);
    if (read === null) return await to.closeWrite();
    await writeAll(to, chunk.subarray(0, read));
  }
}

/** Passes one plain request on, its target an absolute URL (RFC 9112, section 3.2.2). */
async function forward(client: Deno.Conn, request: Message, connect: Connect): Promise<void> {
  const [method = "", target = ""] = request.start.split(" ");
  const url = new URL(target);
  using server = await connect(`${url.hostname}:${url.port || 80}`);
  const headers = new Headers(request.headers);
  headers.set("connection", "close");
  const start = `${method} ${url.pathname}${url.search} HTTP/1.1`;
  await writeAll(server, encodeMessage({ ...request, start, headers }));

  const reader = new MessageReader(server);
  const head = await reader.head();
  if (!head) return;
  const body = await reader.body(head.headers, { isAnswer: true, toHead: method === "HEAD" });
  head.headers.delete("connection");
  await writeAll(client, encodeMessage({ ...head, body }));
}
