import { ProtocolError } from "./protocol_error.ts";
import { alignmentOf, parseSignature, type Type } from "./signature.ts";
import { isObjectPath, type Value, Variant } from "./value.ts";

/**
 * Values in D-Bus wire format, little endian (D-Bus specification, "Marshaling"). The result
 * has to be placed on a boundary of 8 bytes. Throws `TypeError` for a value that is not of its
 * type, which is a defect of ours.
 */
export function marshal(signature: string, values: readonly Value[]): Uint8Array {
  const types = parseSignature(signature);
  if (types.length !== values.length) throw new TypeError(`'${signature}' has other values`);
  const writer = new Writer();
  types.forEach((type, index) => writer.value(type, values[index]!));
  return writer.bytes();
}

class Writer {
  #buffer = new DataView(new ArrayBuffer(256));
  #length = 0;

  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, 0, this.#length);
  }

  value(type: Type, value: Value): void {
    this.#align(alignmentOf(type));
    if (type.kind === "basic") return this.#basic(type.code, value);
    if (type.kind === "variant" && value instanceof Variant) return this.#variant(value);
    if (type.kind === "dict" && value instanceof Map) {
      return this.#array(8, value, ([key, item]) => {
        this.#align(8);
        this.value(type.key, key);
        this.value(type.value, item);
      });
    }
    if (type.kind === "array" && value instanceof Uint8Array && isByte(type.item)) {
      this.#uint32(value.length);
      return this.#append(value);
    }
    if (type.kind === "array" && Array.isArray(value)) {
      return this.#array(alignmentOf(type.item), value, (item) => this.value(type.item, item));
    }
    if (type.kind === "struct" && Array.isArray(value) && value.length === type.fields.length) {
      return type.fields.forEach((field, index) => this.value(field, value[index]));
    }
    throw new TypeError(`A value is not of its type (${type.kind})`);
  }

  #variant({ signature, value }: Variant): void {
    const [type, ...more] = parseSignature(signature);
    if (!type || more.length > 0) throw new TypeError("A variant holds one value");
    this.#signature(signature);
    this.value(type, value);
  }

  #array<T>(alignment: number, items: Iterable<T>, write: (item: T) => void): void {
    const at = this.#length;
    this.#uint32(0);
    this.#align(alignment);
    const start = this.#length; // the padding before the first item does not count
    for (const item of items) write(item);
    this.#buffer.setUint32(at, this.#length - start, true);
  }

  #basic(code: string, value: Value): void {
    if (typeof value === "boolean" && code === "b") return this.#uint32(value ? 1 : 0);
    if (typeof value === "string" && "sog".includes(code)) return this.#text(code, value);
    if (typeof value === "bigint" && "xt".includes(code)) {
      return this.#fixed(8, (at) => this.#buffer.setBigUint64(at, BigInt.asUintN(64, value), true));
    }
    if (typeof value !== "number") throw new TypeError(`A value is not of its type (${code})`);
    switch (code) {
      case "y":
        return this.#fixed(1, (at) => this.#buffer.setUint8(at, value));
      case "n":
      case "q":
        return this.#fixed(2, (at) => this.#buffer.setUint16(at, value, true));
      case "i":
      case "u":
      case "h":
        return this.#uint32(value);
      case "d":
        return this.#fixed(8, (at) => this.#buffer.setFloat64(at, value, true));
      default:
        throw new TypeError(`A value is not of its type (${code})`);
    }
  }

  #text(code: string, text: string): void {
    if (code === "g") return this.#signature(text);
    if (code === "o" && !isObjectPath(text)) throw new ProtocolError("Not an object path");
    if (text.includes("\0") || !text.isWellFormed()) throw new TypeError("Not a D-Bus string");
    const bytes = new TextEncoder().encode(text);
    this.#uint32(bytes.length);
    this.#append(bytes);
    this.#fixed(1, () => {});
  }

  #signature(text: string): void {
    parseSignature(text); // also keeps it short and ASCII
    this.#fixed(1, (at) => this.#buffer.setUint8(at, text.length));
    this.#append(new TextEncoder().encode(text));
    this.#fixed(1, () => {});
  }

  #uint32(value: number): void {
    this.#fixed(4, (at) => this.#buffer.setUint32(at, value, true));
  }

  #append(bytes: Uint8Array): void {
    this.#fixed(bytes.length, (at) => new Uint8Array(this.#buffer.buffer).set(bytes, at));
  }

  #fixed(size: number, write: (at: number) => void): void {
    const at = this.#length;
    this.#grow(size);
    write(at);
  }

  #align(boundary: number): void {
    this.#grow(-this.#length & (boundary - 1));
  }

  /** Lengthens the result by zero bytes. */
  #grow(size: number): void {
    this.#length += size;
    if (this.#length <= this.#buffer.byteLength) return;
    const larger = new Uint8Array(Math.max(this.#length, this.#buffer.byteLength * 2));
    larger.set(new Uint8Array(this.#buffer.buffer));
    this.#buffer = new DataView(larger.buffer);
  }
}

export const isByte = (type: Type): boolean => type.kind === "basic" && type.code === "y";
