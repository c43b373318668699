/** The payload of a JWT, not verified; undefined when it is none. */
export function jwtPayload(token: string): Record<string, unknown> | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || !parts[1]) return undefined;
  try {
    const bytes = Uint8Array.from(
      atob(parts[1].replaceAll("-", "+").replaceAll("_", "/")),
      (char) => char.charCodeAt(0),
    );
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === "object" && payload !== null
      ? payload as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
