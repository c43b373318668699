import { DEFAULT_SUFFIX } from "./rules.ts";

/**
 * Characters that stay as they are in a key. ":" must not: SOPS joins keys with it, so `a:b` in
 * `c` could pass for `b` in `c:a`. The rest is what JSON and every YAML write alike.
 */
const UNSAFE = /[^\p{L}\p{M}\p{N} ._@+-]/gu;

/** A name as a key of the file: percent-encoded where it would be ambiguous, or be left unencrypted. */
export function encodeKey(name: string): string {
  const safe = name.replace(UNSAFE, percent);
  if (safe === "") return "%";
  return safe.endsWith(DEFAULT_SUFFIX) ? safe.slice(0, -1) + percent(safe.slice(-1)) : safe;
}

/** The name that {@link encodeKey} was given; a key that a person wrote may be its own name. */
export function decodeKey(key: string): string {
  if (key === "%") return "";
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function percent(char: string): string {
  return [...new TextEncoder().encode(char)]
    .map((byte) => "%" + byte.toString(16).toUpperCase().padStart(2, "0"))
    .join("");
}
