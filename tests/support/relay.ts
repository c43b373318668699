import { isDisconnect, writeAll } from "./http1.ts";

/** A TCP relay on loopback that can do to connections what networks do. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** How many connections were made to it. */
  readonly accepted: number;
  /** Breaks the connections there are. */
  cut(): void;
  /** Passes nothing on any more, of the connections there are; they stay open. */
  freeze(): void;
  /** Refuses connections, the open ones broken, until `up`. */
  down(): void;
  up(): void;
}

/** Starts a relay to a loopback port. */
export function startRelay(behind: number): Relay {
  const open = new Set<Deno.Conn>();
  const frozen = new Set<Deno.Conn>();
  const tasks = new Set<Promise<void>>();
  let accepted = 0;
  let port = 0;
  let listener: Deno.Listener | undefined;

  const start = (work: Promise<void>) => {
    const task = work.catch((error) => {
      if (!isDisconnect(error)) throw error;
    }).finally(() => tasks.delete(task));
    tasks.add(task);
  };
  const accept = async (from: Deno.Listener) => {
    for await (const client of from) {
      accepted += 1;
      start(serve(client));
    }
  };
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    let server: Deno.Conn | undefined;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: behind });
      open.add(server);
      for (const side of [client, server]) (side as Deno.TcpConn).setNoDelay();
      // The end of either side is the end of both.
      await Promise.race([pump(client, server), pump(server, client)]);
    } finally {
      for (const connection of [client, server]) {
        if (!connection) continue;
        open.delete(connection);
        close(connection);
      }
    }
  };
  const pump = async (from: Deno.Conn, to: Deno.Conn) => {
    const chunk = new Uint8Array(16_384);
    for (;;) {
      const read = await from.read(chunk).catch(() => null);
      if (read === null) return;
      if (frozen.has(from)) continue;
      await writeAll(to, chunk.subarray(0, read)).catch(() => {});
    }
  };
  const cut = () => {
    for (const connection of open) close(connection);
  };
  const up = () => {
    if (listener) return;
    listener = Deno.listen({ hostname: "127.0.0.1", port });
    port = (listener.addr as Deno.NetAddr).port;
    start(accept(listener));
  };
  const down = () => {
    listener?.close();
    listener = undefined;
    cut();
  };
  up();
  return {
    get port() {
      return port;
    },
    get accepted() {
      return accepted;
    },
    cut,
    freeze() {
      for (const connection of open) frozen.add(connection);
    },
    down,
    up,
    async [Symbol.asyncDispose]() {
      down();
      await Promise.all(tasks);
    },
  };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
