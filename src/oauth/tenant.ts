import type * as oauth from "oauth4webapi";
import { jwtPayload } from "../jwt.ts";
import type { Server } from "./server.ts";

const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The authorization server that the ID token in a token answer has to be of. A provider with
 * many tenants names a template as its issuer, and each token fills it by its own `tid`
 * (Microsoft Entra ID, "Validate the issuer"); the signature, by the provider's keys, vouches
 * for both. Whether the token says so is checked by who processes the answer.
 */
export async function issuingServer(
  server: Server,
  answer: Response,
): Promise<oauth.AuthorizationServer> {
  if (!server.settings.issuerPerTenant) return server.as;
  const { id_token: idToken } = await answer.clone().json();
  const tid = typeof idToken === "string" ? jwtPayload(idToken)?.tid : undefined;
  if (typeof tid !== "string" || !TENANT.test(tid)) return server.as;
  return { ...server.as, issuer: server.as.issuer.replace("{tenantid}", tid) };
}
