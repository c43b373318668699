import { Buffer } from "node:buffer";

/** One HTTP/1.1 message, whole: what a raw connection carried, or is to carry. */
export interface Message {
  /** The request line or the status line. */
  readonly start: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Says how the body of an answer ends, where its headers alone do not. */
export interface BodyRules {
  readonly isAnswer: boolean;
  /** An answer to HEAD has the headers of a body and no body. */
  readonly toHead?: boolean;
}

/**
 * Reads HTTP/1.1 messages (RFC 9112) from a raw connection, so that a test server decides itself
 * what happens to the connection: no HTTP library lets a handler close without an answer.
 */
export class MessageReader {
  readonly #connection: Deno.Conn;
  #held: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** The next message's start line and headers; undefined when the peer has closed. */
  async head(): Promise<Pick<Message, "start" | "headers"> | undefined> {
    const text = await this.#through("\r\n\r\n");
    if (text === undefined) return undefined;
    const [start = "", ...lines] = text.trimEnd().split("\r\n");
    const headers = new Headers();
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    return { start, headers };
  }

  /** The body that follows `headers`, without its transfer coding. */
  async body(headers: Headers, rules: BodyRules): Promise<Uint8Array<ArrayBuffer>> {
    if (rules.toHead) return new Uint8Array(0);
    if (headers.get("transfer-encoding")?.toLowerCase().includes("chunked")) {
      return await this.#chunks();
    }
    const length = headers.get("content-length");
    if (length !== null) return await this.#exactly(Number(length));
    return rules.isAnswer ? await this.#rest() : new Uint8Array(0);
  }

  /** What was read beyond the last message; the reader then no longer holds it. */
  takeHeld(): Uint8Array<ArrayBuffer> {
    const held = this.#held;
    this.#held = new Uint8Array(0);
    return held;
  }

  /** Resolves when the peer closes. */
  async ended(): Promise<void> {
    while (await this.#more());
  }

  async #chunks(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    while (true) {
      const size = parseInt(await this.#through("\r\n") ?? "", 16);
      if (Number.isNaN(size)) throw new Deno.errors.UnexpectedEof("Chunk without a size");
      parts.push(await this.#exactly(size));
      await this.#through("\r\n");
      if (size === 0) return join(parts);
    }
  }

  async #rest(): Promise<Uint8Array<ArrayBuffer>> {
    await this.ended();
    return this.takeHeld();
  }

  async #exactly(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#held.length < length) {
      if (!await this.#more()) throw new Deno.errors.UnexpectedEof("Message is cut short");
    }
    return this.#take(length);
  }

  /** Text up to and with `mark`; undefined when the peer closed before it. */
  async #through(mark: string): Promise<string | undefined> {
    while (true) {
      const at = Buffer.from(this.#held.buffer).indexOf(mark);
      if (at >= 0) return Buffer.from(this.#take(at + mark.length)).toString("latin1");
      if (!await this.#more()) return undefined;
    }
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const chunk = new Uint8Array(16_384);
    const read = await this.#connection.read(chunk);
    if (read === null) return false;
    this.#held = join([this.#held, chunk.subarray(0, read)]);
    return true;
  }
}

/** A message as bytes, its length declared. Any transfer coding its headers name is dropped. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const headers = new Headers(message.headers);
  headers.delete("transfer-encoding");
  headers.set("content-length", String(message.body.length));
  return join([encodeHead(message.start, headers), message.body]);
}

/** A start line and headers as bytes, with the empty line that ends them. */
export function encodeHead(start: string, headers: Headers): Uint8Array<ArrayBuffer> {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return new Uint8Array(Buffer.from(`${start}\r\n${lines.join("")}\r\n`, "latin1"));
}

/** Writes all of `bytes`; `Deno.Conn.write` alone may write a part. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await connection.write(bytes.subarray(done));
  }
}

/** Whether `error` only says that the other side of a connection, or we, have closed it. */
export function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.InvalidData;
}

function join(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
