/** Who somebody is, from validated identity claims (OpenID Connect Core, 5.1). */
export interface Persona {
  readonly subject: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly organization: string | undefined;
}

/** The persona in a set of claims. What a provider does not tell stays undefined. */
export function persona(claims: Readonly<Record<string, unknown>>): Persona {
  return {
    subject: text(claims.sub),
    name: text(claims.name) ?? text(claims.preferred_username),
    email: text(claims.email),
    organization: organization(claims),
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** No standard names it: Keycloak has an object or a list under `organization`, Google `hd`, others differ. */
function organization(claims: Readonly<Record<string, unknown>>): string | undefined {
  const value = claims.organization ?? claims.org_name ?? claims.org ?? claims.hd;
  if (Array.isArray(value)) return value.map(text).filter(Boolean).join(", ") || undefined;
  if (typeof value === "object" && value !== null) {
    return Object.keys(value).join(", ") || undefined;
  }
  return text(value);
}
