import { jwtPayload } from "../jwt.ts";
import type { Persona } from "./persona.ts";
import { persona } from "./persona.ts";
import type { Session } from "./session.ts";

/** Who a session's ID token says its owner is; undefined for a session without one. */
export function idTokenPersona(session: Session): Persona | undefined {
  // Signature and claims were checked when it arrived (`oauth/id_token.ts`).
  const claims = session.idToken && jwtPayload(session.idToken.expose());
  return claims && persona(claims);
}
