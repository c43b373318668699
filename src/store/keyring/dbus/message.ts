import { marshal } from "./marshal.ts";
import { ProtocolError } from "./protocol_error.ts";
import { unmarshal } from "./unmarshal.ts";
import { type Value, Variant } from "./value.ts";

/** A call of a method of an object of a program on the bus. */
export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** The signature of `args`. */
  readonly signature: string;
  readonly args: readonly Value[];
}

/** What a message that has arrived says, as far as a client needs it. */
export interface Message {
  readonly kind: "return" | "error" | "other";
  /** The serial of the call that it answers; 0 when it answers none. */
  readonly replySerial: number;
  /** The name of an error, "" for other messages. */
  readonly errorName: string;
  readonly signature: string;
  body(): Value[];
}

/** The bytes that have to be read before the size of a message is known. */
export const PREFIX_BYTES = 16;

/**
 * No answer that we ask for comes near (bytes): 50 000 items are listed in 4 MB. The
 * specification allows 128 MiB, which a hostile peer would have us keep in memory.
 */
const LARGEST_MESSAGE = 16 * 1024 * 1024;

const LITTLE_ENDIAN = "l".charCodeAt(0);
const BIG_ENDIAN = "B".charCodeAt(0);
const METHOD_CALL = 1;
const VERSION = 1;

/** Header fields (D-Bus specification, "Header Fields"). */
const FIELD = { path: 1, interface: 2, member: 3, error: 4, reply: 5, destination: 6, body: 8 };

/** Do not let the service ask a person to authorize something (ALLOW_INTERACTIVE is not set). */
const NO_FLAGS = 0;

/** The bytes of a method call. */
export function encodeCall(serial: number, call: MethodCall): Uint8Array {
  const body = marshal(call.signature, call.args);
  const fields: [number, Variant][] = [
    [FIELD.path, new Variant("o", call.path)],
    [FIELD.interface, new Variant("s", call.interface)],
    [FIELD.member, new Variant("s", call.member)],
    [FIELD.destination, new Variant("s", call.destination)],
  ];
  if (call.signature !== "") fields.push([FIELD.body, new Variant("g", call.signature)]);
  const header = marshal("yyyyuua(yv)", [
    LITTLE_ENDIAN,
    METHOD_CALL,
    NO_FLAGS,
    VERSION,
    body.length,
    serial,
    fields,
  ]);
  const bytes = new Uint8Array(padded(header.length) + body.length);
  bytes.set(header);
  bytes.set(body, padded(header.length));
  return bytes;
}

/** The size of a message by its first {@link PREFIX_BYTES} bytes. Throws {@link ProtocolError}. */
export function messageSize(prefix: Uint8Array): number {
  const { headerSize, bodySize } = sizes(prefix);
  return headerSize + bodySize;
}

/** A whole message. Throws {@link ProtocolError}. */
export function decodeMessage(bytes: Uint8Array): Message {
  const { littleEndian, headerSize, fieldsEnd } = sizes(bytes);
  if (bytes.subarray(fieldsEnd, headerSize).some((byte) => byte !== 0)) {
    throw new ProtocolError("Padding is not empty");
  }
  const header = unmarshal("yyyyuua(yv)", bytes.subarray(0, fieldsEnd), littleEndian);
  const fields = new Map(header[6] as [number, Variant][]);
  const field = <T extends string | number>(code: number, signature: string, missing: T): T => {
    const variant = fields.get(code);
    if (variant === undefined) return missing;
    if (variant.signature !== signature) throw new ProtocolError("A header field is not valid");
    return variant.value as T;
  };
  const signature = field(FIELD.body, "g", "");
  return {
    kind: header[1] === 2 ? "return" : header[1] === 3 ? "error" : "other",
    replySerial: field(FIELD.reply, "u", 0),
    errorName: field(FIELD.error, "s", ""),
    signature,
    body: () => unmarshal(signature, bytes.subarray(headerSize), littleEndian),
  };
}

function sizes(prefix: Uint8Array) {
  const [order, , , version] = prefix;
  if ((order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) || version !== VERSION) {
    throw new ProtocolError("What arrived is not a D-Bus message");
  }
  const littleEndian = order === LITTLE_ENDIAN;
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  const bodySize = view.getUint32(4, littleEndian);
  const fieldsEnd = PREFIX_BYTES + view.getUint32(12, littleEndian);
  const headerSize = padded(fieldsEnd);
  if (headerSize + bodySize > LARGEST_MESSAGE) throw new ProtocolError("A message is too large");
  return { littleEndian, bodySize, fieldsEnd, headerSize };
}

/** The body starts on a boundary of 8 bytes. */
const padded = (length: number) => length + (-length & 7);
