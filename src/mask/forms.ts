/** The shortest stretch of base64 that stands for a secret whatever surrounds it. */
const SHORTEST_CORE = 12;

/**
 * The bytes that give a secret away: itself, and what JSON, URLs and base64 make of it. In
 * base64 a secret looks different behind 0, 1 and 2 other bytes (RFC 4648, 4), as in
 * `Authorization: Basic`.
 */
export function secretForms(secret: string): Uint8Array[] {
  if (secret === "") return [];
  const texts = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ _: secret }).toString().slice(2),
  ]);
  // What a file ends with is often lost on the way.
  const trimmed = secret.trimEnd();
  if (trimmed !== "") texts.add(trimmed);
  const encoder = new TextEncoder();
  for (const text of base64Forms(encoder.encode(secret))) texts.add(text);
  return [...texts].map((text) => encoder.encode(text));
}

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
