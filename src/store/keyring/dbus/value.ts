/**
 * A value of D-Bus: numbers (64-bit integers as bigint), boolean, text (string, object path,
 * signature), `ay` as bytes, other arrays and structs as arrays, dictionaries as maps.
 */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | Variant
  | readonly Value[]
  | ReadonlyMap<Value, Value>;

/** A value that carries its own signature. */
export class Variant {
  constructor(readonly signature: string, readonly value: Value) {}
}

/** Whether `text` is an object path (D-Bus specification, "Valid Object Paths"). */
export const isObjectPath = (text: string): boolean => /^\/(\w+(\/\w+)*)?$/.test(text);
