import type { Persona } from "./persona.ts";
import { persona } from "./persona.ts";
import type { Session } from "./session.ts";

/** Who a session's ID token says its owner is; undefined for a session without one. */
export function idTokenPersona(session: Session): Persona | undefined {
  const payload = session.idToken?.expose().split(".")[1];
  if (payload === undefined) return undefined;
  // Signature and claims were checked when it arrived (`oauth/id_token.ts`).
  return persona(JSON.parse(atobUtf8(payload)));
}

function atobUtf8(base64url: string): string {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
