import { isByte } from "./marshal.ts";
import { ProtocolError } from "./protocol_error.ts";
import { alignmentOf, parseSignature, type Type } from "./signature.ts";
import { isObjectPath, type Value, Variant } from "./value.ts";

/** How deep the specification allows values to be nested in one another. */
const DEEPEST = 64;

/**
 * Values from D-Bus wire format. All of `bytes` has to be used. Throws {@link ProtocolError}
 * for whatever the specification does not allow: a peer may be hostile.
 */
export function unmarshal(signature: string, bytes: Uint8Array, littleEndian: boolean): Value[] {
  const reader = new Reader(bytes, littleEndian);
  const values = parseSignature(signature).map((type) => reader.value(type, 0));
  if (!reader.atEnd) throw new ProtocolError("A message is longer than its values");
  return values;
}

class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(readonly bytes: Uint8Array, readonly littleEndian: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  value(type: Type, depth: number): Value {
    if (depth > DEEPEST) throw new ProtocolError("Values are nested too deeply");
    this.#align(alignmentOf(type));
    switch (type.kind) {
      case "basic":
        return this.#basic(type.code);
      case "variant":
        return this.#variant(depth);
      case "struct":
        return type.fields.map((field) => this.value(field, depth + 1));
      case "dict": {
        const entries = this.#array(8, () => {
          this.#align(8);
          return [this.value(type.key, depth + 1), this.value(type.value, depth + 1)] as const;
        });
        return new Map(entries);
      }
      case "array":
        if (isByte(type.item)) return this.#take(this.#uint32()).slice();
        return this.#array(alignmentOf(type.item), () => this.value(type.item, depth + 1));
    }
  }

  #variant(depth: number): Variant {
    const signature = this.#signature();
    const [type, ...more] = parseSignature(signature);
    if (!type || more.length > 0) throw new ProtocolError("A variant holds not one value");
    return new Variant(signature, this.value(type, depth + 1));
  }

  #array<T>(alignment: number, read: () => T): T[] {
    const length = this.#uint32();
    this.#align(alignment);
    const end = this.#at + length;
    const items: T[] = [];
    while (this.#at < end) items.push(read());
    if (this.#at !== end) throw new ProtocolError("An array is longer than it says");
    return items;
  }

  #basic(code: string): Value {
    switch (code) {
      case "y":
        return this.#view.getUint8(this.#skip(1));
      case "b": {
        const value = this.#uint32();
        if (value > 1) throw new ProtocolError("A boolean is neither true nor false");
        return value === 1;
      }
      case "n":
        return this.#view.getInt16(this.#skip(2), this.littleEndian);
      case "q":
        return this.#view.getUint16(this.#skip(2), this.littleEndian);
      case "i":
        return this.#view.getInt32(this.#skip(4), this.littleEndian);
      case "x":
        return this.#view.getBigInt64(this.#skip(8), this.littleEndian);
      case "t":
        return this.#view.getBigUint64(this.#skip(8), this.littleEndian);
      case "d":
        return this.#view.getFloat64(this.#skip(8), this.littleEndian);
      case "g":
        return this.#signature();
      case "s":
        return this.#text(this.#uint32());
      case "o": {
        const path = this.#text(this.#uint32());
        if (!isObjectPath(path)) throw new ProtocolError("An object path is not valid");
        return path;
      }
      default: // u, h
        return this.#uint32();
    }
  }

  #signature(): string {
    const text = this.#text(this.#view.getUint8(this.#skip(1)));
    parseSignature(text);
    return text;
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    if (this.#take(1)[0] !== 0) throw new ProtocolError("A string does not end");
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      if (!text.includes("\0")) return text;
    } catch {
      // reported below, without the bytes
    }
    throw new ProtocolError("A string is not valid");
  }

  #uint32(): number {
    return this.#view.getUint32(this.#skip(4), this.littleEndian);
  }

  #align(boundary: number): void {
    const padding = this.#take(-this.#at & (boundary - 1));
    if (padding.some((byte) => byte !== 0)) throw new ProtocolError("Padding is not empty");
  }

  #take(size: number): Uint8Array {
    const at = this.#skip(size);
    return this.bytes.subarray(at, at + size);
  }

  /** Moves on by `size` bytes and returns where it was. */
  #skip(size: number): number {
    const at = this.#at;
    if (at + size > this.bytes.length) throw new ProtocolError("A message is too short");
    this.#at += size;
    return at;
  }
}
