import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { Connection, LocalListener } from "../system.ts";
import { fileError } from "./deno_files.ts";

/** The name space of named pipes on Windows. */
const PIPES = "\\\\.\\pipe\\";

/**
 * A pipe has an instance for each client and one for the next. `node:net` makes 4 at most unless
 * this variable says otherwise, and Windows takes no more than 254.
 */
const INSTANCES_VARIABLE = "NODE_PENDING_PIPE_INSTANCES";
const MOST_INSTANCES = 254;

/** More are hung up on: to have no instance left for the next one is what `node:net` cannot bear. */
const MOST_CLIENTS = 250;

/**
 * Connects to the named pipe whose name the file at `path` holds. Any user can make a pipe of a
 * name that they know, so a listener makes one up and writes it where its user alone can write.
 */
export async function connect(path: string): Promise<Connection> {
  try {
    const line = await Deno.readTextFile(path);
    if (!line.startsWith(PIPES) || !line.endsWith("\n")) {
      throw new Deno.errors.NotFound("It does not name a pipe");
    }
    const socket = createConnection({ path: line.trim(), allowHalfOpen: true });
    await settled(socket, "connect");
    return connectionOf(socket, path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Listens on a new named pipe, and writes its name to `path`. */
export async function listen(path: string): Promise<LocalListener> {
  const name = `${PIPES}vantage-${crypto.randomUUID()}`;
  const waiting: Socket[] = [];
  let news = Promise.withResolvers<void>();
  let closed = false;
  let server: Server | undefined;
  const open = async () => {
    const opened = await serve(name, (socket) => {
      socket.on("error", () => {}); // whoever reads or writes hears of it
      waiting.push(socket);
      news.resolve();
    });
    // There is no instance for the next client, and `node:net` would wait at a used one for ever.
    opened.on("error", () => {
      opened.close();
      if (server === opened) server = undefined;
      news.resolve();
    });
    if (closed) opened.close();
    else server = opened;
  };
  const close = () => {
    if (closed) return;
    closed = true;
    server?.close();
    for (const socket of waiting) socket.destroy();
    news.resolve();
  };
  try {
    await open();
    // In place, because a file that somebody reads cannot always be replaced. Half a line is not taken.
    await Deno.writeTextFile(path, `${name}\n`);
  } catch (error) {
    close();
    throw fileError(path, error);
  }
  return {
    async accept() {
      while (!closed) {
        const socket = waiting.shift();
        if (socket) return connectionOf(socket, path);
        if (server) await news.promise;
        else await open().catch((error) => Promise.reject(fileError(path, error)));
        news = Promise.withResolvers();
      }
      return undefined;
    },
    close,
    [Symbol.dispose]: close,
  };
}

async function serve(pipe: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onConnection);
  server.maxConnections = MOST_CLIENTS;
  const before = Deno.env.get(INSTANCES_VARIABLE);
  Deno.env.set(INSTANCES_VARIABLE, `${MOST_INSTANCES}`);
  server.listen(pipe); // reads the variable before it returns
  if (before === undefined) Deno.env.delete(INSTANCES_VARIABLE);
  else Deno.env.set(INSTANCES_VARIABLE, before);
  try {
    await settled(server, "listening");
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}

function connectionOf(socket: Socket, path: string): Connection {
  socket.on("error", () => {}); // the one who reads or writes hears of it
  const chunks = socket.iterator({ destroyOnReturn: false });
  const close = () => void socket.destroy();
  return {
    async read() {
      try {
        const { done, value } = await chunks.next();
        return done ? undefined : new Uint8Array(value);
      } catch (error) {
        throw fileError(path, error);
      }
    },
    write: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(bytes, (error) => error ? reject(fileError(path, error)) : resolve())
      ),
    close,
    [Symbol.dispose]: close,
  };
}

function settled(emitter: Socket | Server, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve);
    emitter.once("error", reject);
  });
}
