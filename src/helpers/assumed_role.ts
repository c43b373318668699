import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import { isVantageError } from "../errors.ts";
import { lockAccount } from "../tokens/account_lock.ts";
import type { Secret } from "../secret.ts";
import type { Exchanged } from "../tokens/session.ts";
import { decodeCredentials, encodeCredentials } from "../tokens/session.ts";
import type { AwsCredentials } from "./aws_credentials.ts";
import { decodeKept, encodeKept } from "./aws_credentials.ts";
import type { StsRole } from "./sts_request.ts";
import { stsForm } from "./sts_request.ts";

/** One exchange may take this long (milliseconds): others wait for the account's lock meanwhile. */
const EXCHANGE_TIMEOUT_MS = 10_000;

/**
 * Credentials of AWS for the account's ID token: those that were had before, until they are
 * about to expire, else new ones. Of many processes that need new ones, one asks for them. They
 * are kept beside the session and go with it. Throws `exchange_refused`, `network`,
 * `provider_…`, `lock_timeout`, `store_…`, and what a command throws that needs a login.
 */
export async function assumedRole(
  app: App,
  account: Account,
  role: StsRole,
): Promise<AwsCredentials> {
  if (app.usesEnvironmentToken(account)) {
    // A token that is never stored leaves nothing else behind either.
    const { value } = await (await app.tokenSource(account)).token();
    return await exchange(app, account, role, value);
  }
  await app.requireNoLogin(account);
  const { clock } = app.system;
  const store = await app.store(account);
  const { id } = account;
  const name = nameOf(role);
  const read = async () => {
    const saved = await store.get(id);
    const credentials = decodeCredentials(id, saved?.fields);
    const kept = credentials.exchanged?.[name];
    return { saved, credentials, found: kept && decodeKept(kept.value, clock.now()) };
  };
  const early = await read();
  if (early.found) return early.found;

  const idToken = await app.idToken(account); // takes the lock itself, where it is to be renewed
  await using lock = await lockAccount({ store, clock, id }, "write", { signal: app.interrupted });
  const { saved, credentials, found } = await read();
  if (found) return found;
  const made = await exchange(app, account, role, idToken.value);
  // The session may have been ended while we waited: what it left must not come back.
  if (!credentials.session) return made;
  const value = encodeKept(made, clock.now());
  const exchanged = { ...living(credentials.exchanged, clock.now()) };
  exchanged[name] = { value, expiresAt: made.expiresAt };
  try {
    await lock.set(encodeCredentials({ ...credentials, exchanged }), saved?.generation);
  } catch (error) {
    if (!isVantageError(error) || error.code === "interrupted") throw error;
    app.person.warn(`Cannot keep the credentials of AWS: ${error.message}`); // they are good
  }
  return made;
}

/** All that decides what is had: another role or service must not be answered with these. */
const nameOf = ({ roleArn, sessionName, durationSeconds, endpoint }: StsRole): string =>
  ["aws", roleArn, sessionName, durationSeconds ?? "default", endpoint].join(" ");

function living(
  exchanged: Readonly<Record<string, Exchanged>> | undefined,
  now: number,
): Record<string, Exchanged> {
  const entries = Object.entries(exchanged ?? {});
  return Object.fromEntries(entries.filter(([, { expiresAt }]) => expiresAt > now));
}

async function exchange(
  app: App,
  account: Account,
  role: StsRole,
  idToken: Secret,
): Promise<AwsCredentials> {
  const http = await app.http(account, EXCHANGE_TIMEOUT_MS);
  const response = await http(role.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      accept: "application/xml, text/xml",
    },
    body: stsForm(role, idToken),
    signal: app.interrupted,
  });
  const { parseStsAnswer } = await import("./sts_answer.ts");
  const service = `AWS STS at ${new URL(role.endpoint).origin}`;
  const now = app.system.clock.now();
  return parseStsAnswer(response.status, await response.text(), service, now);
}
