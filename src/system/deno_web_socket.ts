/** What a handshake asks for. */
export interface WebSocketRequest {
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The constructor as Deno has it: its type is Node's as soon as those are part of the program. */
const DenoWebSocket = WebSocket as unknown as new (
  url: string,
  options: { protocols: string[]; headers: Record<string, string>; client?: Deno.HttpClient },
) => WebSocket;

/**
 * Opens a WebSocket (RFC 6455), which knows the proxy of the environment as `fetch` does.
 *
 * What Deno 2.7 does that its reader must know: an answer other than 101 is the error `Invalid
 * status code: N` and the close code 0, a message above 64 MiB ends the connection, and a
 * connection that was closed waits for the other side to agree for as long as the process lives.
 */
export function webSocket(
  url: string,
  { protocols, headers }: WebSocketRequest,
  caCerts: readonly string[],
): WebSocket {
  const options = { protocols: [...protocols], headers: { ...headers } };
  if (caCerts.length === 0) return new DenoWebSocket(url, options);
  const client = Deno.createHttpClient({ caCerts: [...caCerts] });
  const socket = new DenoWebSocket(url, { ...options, client });
  socket.addEventListener("close", () => client.close());
  return socket;
}
