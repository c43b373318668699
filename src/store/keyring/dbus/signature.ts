import { ProtocolError } from "./protocol_error.ts";

/** A complete type of the D-Bus specification, "Type System". */
export type Type =
  | { readonly kind: "basic"; readonly code: string }
  | { readonly kind: "variant" }
  | { readonly kind: "array"; readonly item: Type }
  | { readonly kind: "dict"; readonly key: Type; readonly value: Type }
  | { readonly kind: "struct"; readonly fields: readonly Type[] };

/** How many bytes the specification allows a signature to have. */
export const LONGEST_SIGNATURE = 255;

/** How deep the specification allows arrays, and structs, to be nested. */
const DEEPEST = 32;

/** Byte, boolean, the numbers, string, object path, signature and file descriptor. */
const BASIC = "ybnqiuxtdsogh";

/** The types in a signature. Throws {@link ProtocolError} when it is not a valid one. */
export function parseSignature(text: string): Type[] {
  if (text.length > LONGEST_SIGNATURE) throw new ProtocolError("A signature is too long");
  const parser = new Parser(text);
  const types: Type[] = [];
  while (!parser.atEnd) types.push(parser.type(0, 0));
  return types;
}

class Parser {
  #at = 0;

  constructor(readonly text: string) {}

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  type(arrays: number, structs: number): Type {
    const code = this.text[this.#at++];
    if (code === undefined) throw this.#invalid();
    if (BASIC.includes(code)) return { kind: "basic", code };
    if (code === "v") return { kind: "variant" };
    if (code === "a" && arrays < DEEPEST) {
      if (this.#take("{")) return this.#dict(arrays + 1, structs + 1);
      return { kind: "array", item: this.type(arrays + 1, structs) };
    }
    if (code === "(" && structs < DEEPEST) return this.#struct(arrays, structs + 1);
    throw this.#invalid();
  }

  #dict(arrays: number, structs: number): Type {
    const key = this.type(arrays, structs);
    const value = this.type(arrays, structs);
    if (key.kind !== "basic" || structs > DEEPEST || !this.#take("}")) throw this.#invalid();
    return { kind: "dict", key, value };
  }

  #struct(arrays: number, structs: number): Type {
    const fields: Type[] = [];
    do fields.push(this.type(arrays, structs)); while (!this.#take(")"));
    return { kind: "struct", fields };
  }

  #take(code: string): boolean {
    if (this.text[this.#at] !== code) return false;
    this.#at++;
    return true;
  }

  #invalid(): ProtocolError {
    return new ProtocolError("A signature is not valid");
  }
}

/** The boundary (bytes) that a value of this type starts on. */
export function alignmentOf(type: Type): number {
  switch (type.kind) {
    case "variant":
      return 1;
    case "array":
    case "dict":
      return 4;
    case "struct":
      return 8;
    case "basic":
      return "yg".includes(type.code)
        ? 1
        : "nq".includes(type.code)
        ? 2
        : "xtd".includes(type.code)
        ? 8
        : 4;
  }
}
