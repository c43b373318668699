import { isDisconnect, MessageReader, writeAll } from "./http1.ts";

/** A server that answers every request with the same bytes, and then ends the connection. */
export interface RawServer extends AsyncDisposable {
  readonly origin: string;
  /** How many requests have come. */
  readonly requests: number;
}

/** How the connection ends behind the bytes. */
export type RawEnd = "close" | "reset" | "endless";

/** Starts it. Where the end is "endless", the bytes come again and again. */
export function startRawServer(bytes: Uint8Array, end: RawEnd = "close"): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const tasks = new Set<Promise<void>>();
  const open = new Set<Deno.Conn>();
  let requests = 0;

  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const reader = new MessageReader(connection);
      const head = await reader.head();
      if (!head) return;
      // What is unread when a socket closes makes the system reset the connection.
      if (end !== "reset") await reader.body(head.headers, { isAnswer: false });
      requests++;
      do await writeAll(connection, bytes); while (end === "endless");
    } catch (error) {
      if (!isDisconnect(error)) throw error;
    } finally {
      open.delete(connection);
      connection[Symbol.dispose]();
    }
  };
  const accept = async () => {
    for await (const connection of listener) {
      const task = serve(connection).finally(() => tasks.delete(task));
      tasks.add(task);
    }
  };
  const accepting = accept();
  return {
    origin: `http://127.0.0.1:${listener.addr.port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection[Symbol.dispose]();
      await accepting;
      await Promise.all(tasks);
    },
  };
}
