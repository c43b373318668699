import * as v from "valibot";
import { Secret } from "../secret.ts";

/** Temporary credentials of AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** AWS tools ask for others this long before the end (botocore), so we must not answer the same. */
const RENEWED_BEFORE_MS = 15 * 60_000;

/** Part of the life of short ones, which would never be used twice otherwise. */
const RENEWED_IN_LAST = 1 / 4;

/** The answer to `credential_process` (AWS CLI User Guide, "Sourcing credentials with an external process"). */
export function formatAwsCredentials(credentials: AwsCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey.expose(),
    SessionToken: sessionToken.expose(),
    Expiration: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
  });
}

const Kept = v.object({
  access_key_id: v.string(),
  secret_access_key: v.string(),
  session_token: v.string(),
  obtained_at: v.number(),
  expires_at: v.number(),
});

/** Credentials as they are kept, until others have to be had. Instants are epoch milliseconds. */
export function encodeKept(credentials: AwsCredentials, obtainedAt: number): Secret {
  return new Secret(JSON.stringify({
    access_key_id: credentials.accessKeyId,
    secret_access_key: credentials.secretAccessKey.expose(),
    session_token: credentials.sessionToken.expose(),
    obtained_at: obtainedAt,
    expires_at: credentials.expiresAt,
  }));
}

/** What was kept, undefined where it is too old or none of ours. */
export function decodeKept(kept: Secret, now: number): AwsCredentials | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), kept.expose());
  if (!parsed.success) return undefined;
  const { obtained_at: obtainedAt, expires_at: expiresAt, ...rest } = parsed.output;
  const margin = Math.min(RENEWED_BEFORE_MS, (expiresAt - obtainedAt) * RENEWED_IN_LAST);
  // From the future: the clock was set back, and how old they are cannot be told.
  if (now < obtainedAt || expiresAt - now <= margin) return undefined;
  return {
    accessKeyId: rest.access_key_id,
    secretAccessKey: new Secret(rest.secret_access_key),
    sessionToken: new Secret(rest.session_token),
    expiresAt,
  };
}
