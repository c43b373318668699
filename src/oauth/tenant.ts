import type * as oauth from "oauth4webapi";
import { jwtPayload } from "../jwt.ts";
import type { Server } from "./server.ts";

/** What stands for a tenant in the issuer of a provider with many. */
const PLACEHOLDER = "{tenantid}";
const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whether metadata may name this issuer where `asked` was asked for, a provider with many tenants
 * (Microsoft Entra ID): the same, or one that has a tenant's id or the placeholder for one in the
 * place where `asked` has a word such as `common` or a domain.
 */
export function isTenantIssuer(asked: URL, named: unknown): named is string {
  const url = typeof named === "string" ? URL.parse(named) : null;
  if (!url || url.origin !== asked.origin || url.search || url.hash) return false;
  const [ours, theirs] = [asked, url].map(({ pathname }) => pathname.split("/"));
  if (ours!.length !== theirs!.length) return false;
  const differing = theirs!.map((part, i) => [ours![i]!, part] as const)
    .filter(([a, b]) => a !== b);
  if (differing.length > 1) return false;
  return differing.every(([word, tenant]) =>
    !TENANT.test(word) && (tenant === encodeURI(PLACEHOLDER) || TENANT.test(tenant))
  );
}

/**
 * The authorization server that the ID token in a token answer has to be of. A provider with
 * many tenants names a template as its issuer, and each token fills it by its own `tid`
 * (Microsoft identity platform, "Validate the issuer"); the signature, by keys that are the
 * tenant's, vouches for both. Whether the token says so is checked by who processes the answer.
 */
export async function issuingServer(
  server: Server,
  answer: Response,
): Promise<oauth.AuthorizationServer> {
  const template = server.as.token_issuer;
  if (typeof template !== "string") return server.as;
  const { id_token: idToken } = await answer.clone().json();
  const tid = typeof idToken === "string" ? jwtPayload(idToken)?.tid : undefined;
  const tenant = typeof tid === "string" && TENANT.test(tid) ? tid : PLACEHOLDER;
  return { ...server.as, issuer: template.replace(PLACEHOLDER, tenant) };
}

/** The keys that may sign for `issuer`: a key can be of one tenant alone (same page, step 2). */
export function keysOfIssuer<K extends Record<string, unknown>>(
  server: Server,
  keys: readonly K[],
  issuer: string,
): K[] {
  if (server.as.token_issuer === undefined) return [...keys];
  const tenant = issuer.split("/").find((part) => TENANT.test(part)) ?? PLACEHOLDER;
  return keys.filter((key) =>
    typeof key.issuer !== "string" || key.issuer.replace(PLACEHOLDER, tenant) === issuer
  );
}
