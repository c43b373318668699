import * as v from "valibot";
import { VantageError } from "../errors.ts";
import type { TokenSet } from "../oauth/token_set.ts";
import { NEVER } from "../never.ts";
import { Secret } from "../secret.ts";
import type { AccountId, Fields } from "../store/store.ts";
import { formatAccount } from "../store/store.ts";

/**
 * What a session was granted for. A session is used only while the settings still say the
 * same: a refresh token must never travel to another issuer or client.
 */
export interface Grant {
  /** The issuer, or the token endpoint of a provider that has none. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience?: string;
  readonly resource?: string;
  readonly dpop: boolean;
}

export interface Session extends TokenSet {
  readonly grant: Grant;
  /** The scopes came from `login --scope`; the settings may say otherwise. */
  readonly scopesChosen: boolean;
}

/** Everything that is kept for an account. */
export interface Credentials {
  readonly session?: Session;
  /** Why there is no session any more, where the provider ended it. */
  readonly ended?: { readonly at: number; readonly reason: string };
  readonly clientSecret?: Secret;
  /** A static key in place of a session. */
  readonly apiKey?: Secret;
  /** The user name that goes with the key, where a tool told one. */
  readonly apiKeyUser?: string;
  /** What was had for the session's tokens elsewhere, by a name of whoever asked for it. */
  readonly exchanged?: Readonly<Record<string, Exchanged>>;
}

/** A credential that another service gave for one of ours, such as AWS for an ID token. */
export interface Exchanged {
  readonly value: Secret;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A provider may name any instant, and its answer must not be lost over it. */
const instant = (ms: number) => new Date(Math.min(ms, NEVER)).toISOString();

const Instant = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse));
const Hidden = v.pipe(v.string(), v.minLength(1), v.transform((value) => new Secret(value)));
const Strings = v.array(v.string());

const SessionFields = v.object({
  issuer: v.string(),
  client_id: v.string(),
  scopes: Strings,
  scopes_chosen: v.optional(v.boolean(), false),
  audience: v.optional(v.string()),
  resource: v.optional(v.string()),
  access_token: Hidden,
  token_type: v.picklist(["Bearer", "DPoP"]),
  obtained_at: Instant,
  expires_at: Instant,
  refresh_token: v.optional(Hidden),
  id_token: v.optional(Hidden),
  granted_scopes: v.optional(Strings),
  dpop_key: v.optional(Hidden),
});

const CredentialFields = v.object({
  session: v.optional(SessionFields),
  ended: v.optional(v.object({ at: Instant, reason: v.string() })),
  client_secret: v.optional(Hidden),
  api_key: v.optional(Hidden),
  api_key_user: v.optional(v.string()),
  exchanged: v.optional(v.record(v.string(), v.object({ value: Hidden, expires_at: Instant }))),
});

/** A store that remembers its records hands the same ones out again and again. */
const decoded = new WeakMap<Fields, Credentials>();

/** Credentials from a stored record; throws `store_corrupt` when the record is none of ours. */
export function decodeCredentials(id: AccountId, fields: Fields | undefined): Credentials {
  if (fields === undefined) return {};
  const known = decoded.get(fields);
  if (known) return known;
  const credentials = decode(id, fields);
  decoded.set(fields, credentials);
  return credentials;
}

function decode(id: AccountId, fields: Fields): Credentials {
  const parsed = v.safeParse(CredentialFields, fields);
  if (!parsed.success) {
    const where = parsed.issues[0].path?.map((item) => String(item.key)).join(".") ?? "record";
    throw new VantageError(
      "store_corrupt",
      `Cannot use the saved credentials of '${formatAccount(id)}': '${where}' is not valid`,
      { hint: "Log in again with `vantage login`" },
    );
  }
  const { session, ended, client_secret: clientSecret, api_key: apiKey } = parsed.output;
  const { api_key_user: apiKeyUser } = parsed.output;
  const exchanged = parsed.output.exchanged &&
    mapValues(
      parsed.output.exchanged,
      ({ value, expires_at: expiresAt }) => ({ value, expiresAt }),
    );
  return defined({
    session: session && defined({
      grant: defined({
        issuer: session.issuer,
        clientId: session.client_id,
        scopes: session.scopes,
        audience: session.audience,
        resource: session.resource,
        dpop: session.token_type === "DPoP",
      }),
      scopesChosen: session.scopes_chosen,
      accessToken: session.access_token,
      tokenType: session.token_type,
      obtainedAt: session.obtained_at,
      expiresAt: session.expires_at,
      refreshToken: session.refresh_token,
      idToken: session.id_token,
      scopes: session.granted_scopes,
      dpopKey: session.dpop_key,
    }),
    ended,
    clientSecret,
    apiKey,
    apiKeyUser,
    exchanged,
  });
}

/** Credentials as the fields of a record: the one place where secrets become plain text. */
export function encodeCredentials(credentials: Credentials): Fields {
  const { session, ended, clientSecret, apiKey, apiKeyUser, exchanged } = credentials;
  return defined({
    session: session && defined({
      issuer: session.grant.issuer,
      client_id: session.grant.clientId,
      scopes: session.grant.scopes,
      scopes_chosen: session.scopesChosen || undefined,
      audience: session.grant.audience,
      resource: session.grant.resource,
      access_token: session.accessToken.expose(),
      token_type: session.tokenType,
      obtained_at: instant(session.obtainedAt),
      expires_at: instant(session.expiresAt),
      refresh_token: session.refreshToken?.expose(),
      id_token: session.idToken?.expose(),
      granted_scopes: session.scopes,
      dpop_key: session.dpopKey?.expose(),
    }),
    ended: ended && { at: instant(ended.at), reason: ended.reason },
    client_secret: clientSecret?.expose(),
    api_key: apiKey?.expose(),
    api_key_user: apiKeyUser,
    exchanged: exchanged && mapValues(exchanged, ({ value, expiresAt }) => ({
      value: value.expose(),
      expires_at: instant(expiresAt),
    })),
  });
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

type Defined<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** The object without its undefined members. */
function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
