import type { Fields } from "../store/store.ts";

/**
 * One record of two that are of the same account: where both have something, it is taken from
 * the one whose session was obtained later, because a rotated refresh token is worth nothing.
 */
export function mergeRecords(a: Fields, b: Fields | undefined): Fields {
  if (!b) return a;
  const [older, newer] = obtainedAt(a) >= obtainedAt(b) ? [b, a] : [a, b];
  return { ...older, ...newer };
}

function obtainedAt({ session }: Fields): number {
  const isObject = typeof session === "object" && session !== null;
  const text = isObject && "obtained_at" in session ? String(session.obtained_at) : "";
  return Date.parse(text) || 0;
}
