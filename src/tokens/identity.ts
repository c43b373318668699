import { jwtPayload } from "../jwt.ts";
import type { Persona } from "./persona.ts";
import { persona } from "./persona.ts";
import type { Session } from "./session.ts";

/** Who a session's ID token says its owner is; undefined for a session without one. */
export function idTokenPersona(session: Session): Persona | undefined {
  const claims = idTokenClaims(session);
  return claims && persona(claims);
}

/** The text that names lead to in the claims of the ID token, the outermost first. */
export function claimAt(session: Session, path: readonly string[]): string | undefined {
  let value: unknown = idTokenClaims(session);
  for (const name of path) {
    const isObject = typeof value === "object" && value !== null;
    if (!isObject || !Object.hasOwn(value as object, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" ? value : undefined;
}

/** Signature and claims were checked when it arrived (`oauth/id_token.ts`). */
function idTokenClaims(session: Session): Record<string, unknown> | undefined {
  return session.idToken && jwtPayload(session.idToken.expose());
}
