import { dirname, join } from "node:path";
import type { Connection, LocalListener, System } from "../system.ts";
import { fileError } from "./deno_files.ts";

/** So much is read at a time: most messages are far smaller. */
const READ_BYTES = 16 * 1024;

/** Sockets between programs of this machine. Windows has named pipes in their place. */
export const denoSockets: Pick<System, "connect" | "listenLocal"> = {
  async connect(path) {
    if (Deno.build.os === "windows") return await (await import("./deno_pipes.ts")).connect(path);
    return connectionOf(
      await attempt(path, () => Deno.connect({ transport: "unix", path })),
      path,
    );
  },
  async listenLocal(path) {
    if (Deno.build.os === "windows") return await (await import("./deno_pipes.ts")).listen(path);
    return await attempt(path, () => listen(path));
  },
};

/**
 * A new socket lets in whom the umask does. So it is made where nobody else can go, and is moved
 * to its place, over a dead one, when it has its mode.
 */
async function listen(path: string): Promise<LocalListener> {
  // A short name, because the whole path may not be longer than a socket's. One that is there
  // was left by a process that died.
  const nursery = join(dirname(path), `.${Deno.pid}`);
  await Deno.remove(nursery, { recursive: true }).catch(() => {});
  await Deno.mkdir(nursery, { mode: 0o700 });
  const born = join(nursery, "s");
  try {
    const listener = Deno.listen({ transport: "unix", path: born });
    try {
      await Deno.chmod(born, 0o600);
      await Deno.rename(born, path);
    } catch (error) {
      listener.close();
      throw error;
    }
    return listenerOf(listener, path);
  } finally {
    await Deno.remove(nursery, { recursive: true });
  }
}

function listenerOf(listener: Deno.UnixListener, path: string): LocalListener {
  let closed = false;
  const close = () => {
    if (!closed) listener.close();
    closed = true;
  };
  return {
    async accept() {
      try {
        return connectionOf(await listener.accept(), path);
      } catch (error) {
        if (closed) return undefined;
        throw fileError(path, error);
      }
    },
    close,
    [Symbol.dispose]: close,
  };
}

function connectionOf(socket: Deno.UnixConn, path: string): Connection {
  let buffer: Uint8Array | undefined;
  let closed = false;
  const close = () => {
    if (!closed) socket.close();
    closed = true;
  };
  return {
    read: () =>
      attempt(path, async () => {
        buffer ??= new Uint8Array(READ_BYTES);
        const size = await socket.read(buffer);
        return size === null ? undefined : buffer.slice(0, size);
      }),
    write: (bytes) =>
      attempt(path, async () => {
        for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
      }),
    close,
    [Symbol.dispose]: close,
  };
}

async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(path, error);
  }
}
