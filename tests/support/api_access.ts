import * as jose from "jose";
import type { ApiState } from "./api_state.ts";
import type { TokenFacts } from "./oidc.ts";

/** Tells what a living access token stands for; undefined for any other. */
export type CheckToken = (accessToken: string) => Promise<TokenFacts | undefined>;

/** The access token that a request has, whatever its scheme. */
export function tokenOf(request: Request): string | undefined {
  return request.headers.get("authorization")?.split(" ")[1];
}

/**
 * Judges the access token (RFC 6750) and, where it is bound to a key, its proof (RFC 9449).
 * `origin` is where the client sent the request, as its proof names it.
 */
export async function authenticate(
  request: Request,
  { origin, check, state }: { origin: string; check: CheckToken; state: ApiState },
): Promise<TokenFacts | Response> {
  const [scheme = ""] = request.headers.get("authorization")?.split(" ") ?? [];
  const token = tokenOf(request);
  if (!token) return refusal("Bearer");
  const facts = await check(token);
  const challenge = facts?.jkt ? 'DPoP algs="ES256"' : "Bearer";
  if (!facts) return refusal(challenge, "invalid_token", "The token is unknown or expired");
  if (scheme.toLowerCase() !== (facts.jkt ? "dpop" : "bearer")) {
    return refusal(challenge, "invalid_token", `The token is not for the ${scheme} scheme`);
  }
  const fault = facts.jkt && await proofFault(request, token, facts.jkt, { origin, state });
  if (!fault) return facts;
  const answer = refusal(challenge, fault.error, fault.description);
  if (state.dpopNonce !== undefined) answer.headers.set("dpop-nonce", state.dpopNonce);
  return answer;
}

function refusal(challenge: string, error?: string, description?: string): Response {
  const detail = error ? ` error="${error}", error_description="${description}"` : "";
  const separator = detail && challenge.includes(" ") ? "," : "";
  return Response.json({ message: description ?? "No token" }, {
    status: 401,
    headers: { "www-authenticate": challenge + separator + detail },
  });
}

/** What is wrong with the request's DPoP proof; undefined when nothing is. */
async function proofFault(
  request: Request,
  token: string,
  jkt: string,
  { origin, state }: { origin: string; state: ApiState },
): Promise<{ error: string; description: string } | undefined> {
  const invalid = (description: string) => ({ error: "invalid_dpop_proof", description });
  try {
    const proof = request.headers.get("dpop") ?? "";
    const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK, {
      typ: "dpop+jwt",
    });
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const { jwk } = protectedHeader;
    if (!jwk || await jose.calculateJwkThumbprint(jwk) !== jkt) {
      return invalid("The key is another");
    }
    if (payload.ath !== jose.base64url.encode(new Uint8Array(hash))) return invalid("ath is wrong");
    if (payload.htm !== request.method) return invalid("htm is wrong");
    if (payload.htu !== origin + new URL(request.url).pathname) return invalid("htu is wrong");
    const { jti = "" } = payload;
    if (jti === "" || state.proofIds.has(jti)) return invalid("jti is not new");
    state.proofIds.add(jti);
    if (state.dpopNonce !== undefined && payload.nonce !== state.dpopNonce) {
      return { error: "use_dpop_nonce", description: "The proof needs the nonce" };
    }
    return undefined;
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return invalid("The proof is malformed");
    throw error;
  }
}
