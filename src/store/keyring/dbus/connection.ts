import type { Connection } from "../../../system.ts";
import { authenticate } from "./authenticate.ts";
import { ByteReader } from "./byte_reader.ts";
import type { Message, MethodCall } from "./message.ts";
import { decodeMessage, encodeCall, messageSize, PREFIX_BYTES } from "./message.ts";
import { ProtocolError } from "./protocol_error.ts";
import type { Value } from "./value.ts";

/** A call was answered with an error. */
export class BusError extends Error {
  override readonly name = "BusError";
  constructor(readonly errorName: string, text: string) {
    super(`${errorName}: ${text}`);
  }
}

type Waiting = PromiseWithResolvers<Message>;

/**
 * A client's connection to a message bus. It calls methods, several at a time if need be, and
 * ignores whatever else arrives. No time limit of its own: who needs one closes it.
 */
export class BusConnection implements Disposable {
  readonly #waiting = new Map<number, Waiting>();
  /** The last write: two at once could mix. */
  #written: Promise<void> = Promise.resolve();
  #lastSerial = 0;
  #failure: unknown;

  private constructor(readonly connection: Connection) {}

  /** Takes over `connection`, and closes it when the bus does not let us in. */
  static async open(connection: Connection, uid: number | null): Promise<BusConnection> {
    const bus = new BusConnection(connection);
    try {
      const reader = new ByteReader(connection);
      await authenticate(connection, reader, uid);
      bus.#receive(reader);
      await bus.call({ ...BUS, member: "Hello", signature: "", args: [] }, "s");
      return bus;
    } catch (error) {
      bus.close(error);
      throw error;
    }
  }

  /**
   * Calls a method and returns the values of its answer, which has to have the signature
   * `expected`. Throws {@link BusError}, {@link ProtocolError} or what closed the connection.
   */
  async call(call: MethodCall, expected: string): Promise<Value[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const serial = ++this.#lastSerial;
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.set(serial, waiting);
    try {
      const bytes = encodeCall(serial, call);
      this.#written = this.#written.then(() => this.connection.write(bytes));
      // Either may fail first: where nothing can be written there is no answer to wait for.
      const [answer] = await Promise.all([waiting.promise, this.#written]);
      if (answer.kind === "error") throw errorOf(answer);
      if (answer.signature === expected) return answer.body();
      throw new ProtocolError(`The answer to '${call.member}' has another type`);
    } finally {
      this.#waiting.delete(serial);
    }
  }

  /** Ends every call with `reason`. */
  close(reason: unknown = new ProtocolError("The connection is closed")): void {
    this.#failure ??= reason;
    this.connection.close();
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #receive(reader: ByteReader): Promise<void> {
    try {
      for (;;) {
        const prefix = await reader.take(PREFIX_BYTES);
        const rest = await reader.take(messageSize(prefix) - PREFIX_BYTES);
        const bytes = new Uint8Array(PREFIX_BYTES + rest.length);
        bytes.set(prefix);
        bytes.set(rest, PREFIX_BYTES);
        const message = decodeMessage(bytes);
        if (message.kind !== "other") this.#waiting.get(message.replySerial)?.resolve(message);
      }
    } catch (error) {
      this.close(error);
    }
  }
}

/** The bus itself as a program on the bus. */
export const BUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
} as const;

/** An error's first value is a text for people, when it is one (D-Bus specification, "Message Types"). */
function errorOf(answer: Message): BusError {
  const [text] = answer.signature.startsWith("s") ? answer.body() : [];
  return new BusError(answer.errorName, typeof text === "string" ? text : "");
}
