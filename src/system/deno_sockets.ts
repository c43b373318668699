import type { Connection } from "../system.ts";
import { fileError } from "./deno_files.ts";

const READ_BYTES = 64 * 1024;

/** Connects to a Unix socket. */
export async function connect(path: string): Promise<Connection> {
  const attempt = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      throw fileError(path, error);
    }
  };
  const socket = await attempt(() => Deno.connect({ transport: "unix", path }));
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    socket.close();
  };
  return {
    read: () =>
      attempt(async () => {
        const chunk = new Uint8Array(READ_BYTES);
        const size = await socket.read(chunk);
        return size === null ? undefined : chunk.subarray(0, size);
      }),
    write: (bytes) =>
      attempt(async () => {
        for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
      }),
    close,
    [Symbol.dispose]: close,
  };
}
