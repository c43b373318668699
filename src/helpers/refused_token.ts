import { createHash } from "node:crypto";
import { isUnattended } from "../accounts.ts";
import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import { Secret } from "../secret.ts";
import { updateCredentials } from "../tokens/credential_update.ts";
import { savedCredentials } from "../tokens/saved_credentials.ts";
import type { Session } from "../tokens/session.ts";

/** The name of the mark among what is kept beside a session. */
const MARK = "refused";

/** The mark names the token it is about, so that the next one is free of it. */
const markOf = ({ accessToken }: Session) =>
  new Secret(createHash("sha256").update(accessToken.expose()).digest("base64url"));

/** Whether a server refused the account's access token, so that it is of no use until renewed. */
export async function isRefused(app: App, account: Account): Promise<boolean> {
  if (app.usesEnvironmentToken(account)) return false;
  const { session, exchanged } = await savedCredentials(await app.store(account), account.id);
  const mark = exchanged?.[MARK]?.value;
  return session !== undefined && mark !== undefined && markOf(session).equals(mark);
}

/**
 * Notes that a server refused `token`. The session itself stays as it is: one server's word is
 * no reason to end it, nor to keep others from a token that they take. False where the token
 * is not the account's, or cannot be renewed. Throws `store_…`, `lock_timeout`.
 */
export async function markRefused(app: App, account: Account, token: Secret): Promise<boolean> {
  const store = await app.store(account);
  const isMeant = (session: Session | undefined): session is Session =>
    session !== undefined && session.accessToken.equals(token) &&
    (session.refreshToken !== undefined || isUnattended(account));
  if (!isMeant((await savedCredentials(store, account.id)).session)) return false;
  await updateCredentials(store, app.system.clock, account.id, (kept) => {
    const { session } = kept;
    if (!isMeant(session)) return kept;
    const mark = { value: markOf(session), expiresAt: session.expiresAt };
    return { ...kept, exchanged: { ...kept.exchanged, [MARK]: mark } };
  });
  return true;
}
