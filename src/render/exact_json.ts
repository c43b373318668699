/** What the compiler does not know of JSON yet (ECMAScript 2026). */
const exact = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** A whole number that a double may not hold: 16 digits in a row. */
const LONG_NUMBER = /\d{16}/;

/**
 * JSON as values, with whole numbers beyond 2^53 as `bigint`: ids are often that long, and
 * `JSON.parse` would round them.
 */
export function parseExactly(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return exact.parse(text, (_, value, { source }) => {
    const isRounded = typeof value === "number" && !Number.isSafeInteger(value) &&
      source !== undefined && /^-?\d+$/.test(source);
    return isRounded ? BigInt(source) : value;
  });
}

/** A `bigint` as JSON has it. */
export const exactNumber = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? exact.rawJSON(`${value}`) : value;
