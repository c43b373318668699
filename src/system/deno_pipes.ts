import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { Connection, LocalListener } from "../system.ts";
import { fileError } from "./deno_files.ts";

/** The name space of named pipes on Windows. */
const PIPES = "\\\\.\\pipe\\";

/**
 * Connects to the named pipe whose name the file at `path` holds. Any user can make a pipe of a
 * name that they know in advance, so a listener makes one up and writes it where its user alone
 * can write.
 */
export async function connect(path: string): Promise<Connection> {
  try {
    const name = (await Deno.readTextFile(path)).trim();
    if (!name.startsWith(PIPES)) throw new Deno.errors.NotFound("There is no named pipe");
    const socket = createConnection({ path: name, allowHalfOpen: true });
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
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {}); // whoever reads or writes hears of it
    waiting.push(socket);
    news.resolve();
  });
  const close = () => {
    if (closed) return;
    closed = true;
    server.close();
    for (const socket of waiting) socket.destroy();
    news.resolve();
  };
  try {
    server.listen(name);
    await settled(server, "listening");
    const temporary = `${path}.tmp`;
    await Deno.writeTextFile(temporary, `${name}\n`);
    await Deno.rename(temporary, path);
  } catch (error) {
    server.close();
    throw fileError(path, error);
  }
  return {
    async accept() {
      while (!closed) {
        const socket = waiting.shift();
        if (socket) return connectionOf(socket, path);
        await news.promise;
        news = Promise.withResolvers();
      }
      return undefined;
    },
    close,
    [Symbol.dispose]: close,
  };
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
