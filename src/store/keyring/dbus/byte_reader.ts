import type { Connection } from "../../../system.ts";
import { ProtocolError } from "./protocol_error.ts";

/** Cuts what a connection delivers into pieces of a known size. */
export class ByteReader {
  #chunks: Uint8Array[] = [];
  #available = 0;

  constructor(readonly connection: Connection) {}

  /** The next `size` bytes. Throws {@link ProtocolError} when the connection ends before. */
  async take(size: number): Promise<Uint8Array> {
    while (this.#available < size) await this.#receive();
    const taken = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const chunk = this.#chunks.shift()!;
      const part = chunk.subarray(0, size - at);
      taken.set(part, at);
      at += part.length;
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    }
    this.#available -= size;
    return taken;
  }

  /** The next line without its end (CR LF). Throws {@link ProtocolError}, also when it is longer than `longest`. */
  async line(longest: number): Promise<string> {
    let text = "";
    while (!text.endsWith("\r\n")) {
      if (text.length >= longest) throw new ProtocolError("A line is too long");
      text += String.fromCharCode(...await this.take(1));
    }
    return text.slice(0, -2);
  }

  async #receive(): Promise<void> {
    const chunk = await this.connection.read();
    if (!chunk) throw new ProtocolError("The other side closed the connection");
    // A copy, because a chunk may be a view of a large buffer: a peer that sends single bytes
    // would have us keep one for each.
    this.#chunks.push(chunk.slice());
    this.#available += chunk.length;
  }
}
