/**
 * A float as Go's `strconv.FormatFloat(value, 'f', -1, 64)` writes it: the fewest digits that
 * give the same number again, never with an exponent. This is what SOPS's MAC covers.
 */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [, sign = "", digits = "", exponent] = /^(-?)([\d.]+)(?:e([+-]\d+))?$/.exec(`${value}`) ??
    [];
  if (exponent === undefined) return sign + digits;
  const [whole = "", fraction = ""] = digits.split(".");
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${all}`;
  // An exponent is written from 1e21 on, with at most 17 digits: the point is never among them.
  return sign + all.padEnd(point, "0");
}
