/**
 * An API to measure clients with, in a process of its own (`bench_api_host.ts` starts it). It is
 * bare HTTP/1.1 on a socket: a server that makes streams of its bodies would be slower than the
 * clients. Prints its port. Answers GET of `/me`, `/numbers?page=` and `/body`, with the token only.
 */
import { BODY_BYTES, PAGES, pageText } from "./bench_api_answers.ts";
import { say } from "./script.ts";

const LONGEST_REQUEST = 64 * 1024;
const HEAD_END = "\r\n\r\n";
const filling = new Uint8Array(1024 * 1024).fill(0x61);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function serve(connection: Deno.Conn, token: string): Promise<void> {
  const buffer = new Uint8Array(LONGEST_REQUEST);
  for (let text = "";;) {
    while (!text.includes(HEAD_END)) {
      const count = await connection.read(buffer);
      if (count === null) return;
      text += decoder.decode(buffer.subarray(0, count));
    }
    const end = text.indexOf(HEAD_END);
    await answer(connection, text.slice(0, end), token);
    text = text.slice(end + HEAD_END.length);
  }
}

async function answer(connection: Deno.Conn, request: string, token: string): Promise<void> {
  const [, target = ""] = request.split(" ", 2);
  const url = new URL(target, "http://127.0.0.1");
  // gh writes `token`, others `Bearer`.
  const [, given] = /^authorization: *(?:bearer|token) +(\S+)/im.exec(request) ?? [];
  if (given !== token) return await send(connection, "401 Unauthorized", [], "{}");
  switch (url.pathname) {
    case "/me":
      return await send(connection, "200 OK", [], `{"name":"bench"}`);
    case "/numbers": {
      const page = Number(url.searchParams.get("page") ?? 1);
      const next = page < PAGES ? [`link: </numbers?page=${page + 1}>; rel="next"`] : [];
      return await send(connection, "200 OK", next, pageText(page));
    }
    case "/body":
      return await sendBody(connection, BODY_BYTES);
    default:
      return await send(connection, "404 Not Found", [], "{}");
  }
}

async function send(connection: Deno.Conn, status: string, headers: string[], body: string) {
  const head = [
    `HTTP/1.1 ${status}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    ...headers,
  ];
  await writeAll(connection, encoder.encode(head.join("\r\n") + HEAD_END + body));
}

async function sendBody(connection: Deno.Conn, size: number): Promise<void> {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n" +
    `content-length: ${size}`;
  await writeAll(connection, encoder.encode(head + HEAD_END));
  for (let left = size; left > 0; left -= filling.length) {
    await writeAll(connection, filling.subarray(0, left));
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

if (import.meta.main) {
  const [token = ""] = Deno.args;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  say(String(listener.addr.port));
  for await (const connection of listener) {
    connection.setNoDelay(true);
    serve(connection, token)
      .catch(() => {}) // the client has gone
      .finally(() => connection.close());
  }
}
