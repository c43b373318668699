/** The shortest stretch of base64 that stands for a secret whatever surrounds it. */
const SHORTEST_CORE = 12;

/** A shorter line of a secret is likely to be something else (characters). */
const SHORTEST_LINE = 8;

/**
 * The bytes that give a secret away: itself, and what JSON, URLs and base64 make of it. In
 * base64 a secret looks different behind 0, 1 and 2 other bytes (RFC 4648, 4), as in
 * `Authorization: Basic`.
 */
export function secretForms(secret: string): Uint8Array[] {
  if (secret === "") return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const percent = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ _: secret }).toString().slice(2);
  const texts = new Set([secret, json, json.replaceAll("/", "\\/")]);
  for (const text of [percent, form]) texts.add(text).add(lowerCaseEscapes(text));
  // What a file ends with is often lost on the way, and so are the ends of lines.
  for (const text of [secret.trimEnd(), ...linesOf(secret)]) if (text !== "") texts.add(text);
  const encoder = new TextEncoder();
  for (const text of base64Forms(encoder.encode(secret))) texts.add(text);
  return [...texts].map((text) => encoder.encode(text));
}

const lowerCaseEscapes = (text: string) =>
  text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());

/** The lines of a secret of several, such as a key in PEM. */
const linesOf = (secret: string) =>
  secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);

function base64Forms(bytes: Uint8Array): string[] {
  const whole = bytes.toBase64();
  const forms = [whole];
  for (const before of [0, 1, 2]) {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    // The characters that depend on nothing but the secret.
    const from = Math.ceil(before * 8 / 6);
    const to = Math.floor(shifted.length * 8 / 6);
    const core = shifted.toBase64().slice(from, to);
    if (core.length >= SHORTEST_CORE) forms.push(core);
  }
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
