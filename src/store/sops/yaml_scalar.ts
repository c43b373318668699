import { goFloat } from "./go_float.ts";

const BOOLEANS: Record<string, string> = {
  true: "True",
  True: "True",
  TRUE: "True",
  false: "False",
  False: "False",
  FALSE: "False",
};
const NULLS = new Set(["", "~", "null", "Null", "NULL"]);
const NAN = /^\.(?:nan|NaN|NAN)$/;
const INFINITY = /^([-+]?)\.(?:inf|Inf|INF)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(\.\d+)?(Z|[+-]\d\d:\d\d))|(?: (\d\d?):(\d\d?):(\d\d?)(\.\d+)?))?$/;

/** What a plain scalar is to SOPS: whether it is a string, and what the MAC covers of it. */
export interface PlainScalar {
  readonly isText: boolean;
  /** Undefined for null. */
  readonly signed: string | undefined;
}

/**
 * Resolves a YAML scalar without quotes as SOPS's parser does (go-yaml 3, `resolve.go`), which
 * is neither YAML 1.1 nor 1.2: `014` is twelve, `yes` is a string.
 */
export function resolvePlain(source: string): PlainScalar {
  if (NULLS.has(source)) return { isText: false, signed: undefined };
  const signed = BOOLEANS[source] ?? timestamp(source) ?? integer(source) ?? float(source);
  return signed === undefined ? { isText: true, signed: source } : { isText: false, signed };
}

function integer(source: string): string | undefined {
  if (!/^[-+0-9]/.test(source)) return undefined;
  const found = INTEGER.exec(source.replaceAll("_", ""));
  if (!found) return undefined;
  const [, sign, hex, binary, octal, decimal] = found;
  const size = hex !== undefined
    ? BigInt(`0x${hex}`)
    : binary !== undefined
    ? BigInt(`0b${binary}`)
    : octal !== undefined
    ? BigInt(`0o${octal}`)
    : BigInt(decimal ?? "0");
  const value = sign === "-" ? -size : size;
  const fits = value >= -(2n ** 63n) && value < 2n ** 63n;
  return fits ? value.toString() : undefined; // SOPS goes on to read it as a float
}

function float(source: string): string | undefined {
  if (NAN.test(source)) return "NaN";
  const infinity = INFINITY.exec(source);
  if (infinity) return infinity[1] === "-" ? "-Inf" : "+Inf";
  const plain = /^[-+0-9]/.test(source) ? source.replaceAll("_", "") : source;
  const value = FLOAT.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? goFloat(value) : undefined; // too large: a string, to SOPS
}

/** The timestamp as Go's `Time.MarshalText` writes it (RFC 3339, no trailing zeros of a fraction). */
function timestamp(source: string): string | undefined {
  const found = TIMESTAMP.exec(source);
  if (!found) return undefined;
  const part = (index: number) => (found[index] ?? found[index + 5] ?? "0").padStart(2, "0");
  const day = `${found[1]}-${part2(found[2])}-${part2(found[3])}`;
  const time = `${part(4)}:${part(5)}:${part(6)}`;
  const utc = new Date(`${day}T${time}Z`);
  // A day that does not exist would move to another one: it is no timestamp.
  if (Number.isNaN(utc.getTime()) || !utc.toISOString().startsWith(`${day}T${time}`)) {
    return undefined;
  }
  const fraction = (found[7] ?? found[12] ?? "").slice(0, 10).replace(/\.?0+$/, "");
  const zone = found[8] ?? "Z";
  return `${day}T${time}${fraction}${zone === "+00:00" ? "Z" : zone}`;
}

const part2 = (digits: string | undefined) => (digits ?? "").padStart(2, "0");
