import type { App } from "./app.ts";
import type { Account } from "./config/account.ts";
import { isVantageError, VantageError } from "./errors.ts";
import { PATIENCE_MS, runFlow } from "./login/flow.ts";
import { grantOf } from "./accounts.ts";
import type { AccountLock } from "./store/store.ts";
import { formatAccount } from "./store/store.ts";
import { lockAccount } from "./tokens/account_lock.ts";
import { checkWritable, updateCredentials } from "./tokens/credential_update.ts";
import { LOGIN_NEEDED } from "./tokens/login_needed.ts";
import type { Session } from "./tokens/session.ts";
import { sameScopes } from "./tokens/state.ts";

export interface LoginOptions {
  /** Never open a browser; the address is only printed. */
  readonly noBrowser?: boolean;
  /** Draw the device code's address as a QR code. */
  readonly qr?: boolean;
  /** How long to wait for the person (milliseconds). */
  readonly timeoutMs?: number;
  /** Log in although there is a session. */
  readonly force?: boolean;
}

export interface LoginOutcome {
  readonly session: Session;
  /** There was a session already, or another process has just made one. */
  readonly already: boolean;
}

/**
 * Makes sure that the account has a session: keeps the one it has, or goes through a login.
 * One interactive login an account at a time; the account's own lock is not held meanwhile,
 * so every other command goes on as before.
 */
export async function login(
  app: App,
  account: Account,
  options: LoginOptions,
): Promise<LoginOutcome> {
  const grant = grantOf(account); // throws where the settings do not say
  const kept = options.force ? undefined : await existingSession(app, account);
  if (kept) return { session: kept, already: true };

  const parts = { store: await app.store(account), clock: app.system.clock, id: account.id };
  await checkWritable(parts, app.interrupted);
  const cameAt = parts.clock.now();
  const { slot, waited } = await waitForTurn(app, account, options);
  await using _slot = slot;
  const theirs = waited ? await existingSession(app, account) : undefined;
  // Where theirs failed, the session is the old one, which `--force` is to replace.
  if (theirs && (!options.force || theirs.obtainedAt >= cameAt)) {
    return { session: theirs, already: true };
  }

  const server = await app.server(account, { fresh: true });
  const session: Session = {
    ...await runFlow(app, account, server, options),
    grant,
    scopesChosen: account.settings.scopes.source.kind === "flag",
  };
  await updateCredentials(parts.store, parts.clock, parts.id, ({ clientSecret }) => ({
    session,
    ...(clientSecret && { clientSecret }),
  }));
  await app.list.note(account.id, session.scopes ?? session.grant.scopes);
  app.person.event({ event: "authorized" });
  return { session, already: false };
}

/** Takes the account's one place for a login. Throws `login_timed_out` when somebody keeps it. */
async function waitForTurn(
  app: App,
  account: Account,
  options: LoginOptions,
): Promise<{ slot: AccountLock; waited: boolean }> {
  const { id } = account;
  const name = formatAccount(id);
  let waited = false;
  try {
    const parts = { store: await app.store(account), clock: app.system.clock, id };
    const slot = await lockAccount(parts, "login", {
      timeoutMs: options.timeoutMs ?? PATIENCE_MS,
      signal: app.interrupted,
      onBusy() {
        waited = true;
        app.person.notice(`Another login to '${name}' is under way: waiting for it`);
      },
    });
    return { slot, waited };
  } catch (error) {
    if (!isVantageError(error, "lock_timeout")) throw error;
    throw new VantageError("login_timed_out", `Another login to '${name}' is still under way`, {
      hint: "Complete it, or end it with Ctrl-C, then run the command again",
      cause: error,
    });
  }
}

function hasApiKey({ id }: Account): VantageError {
  const name = formatAccount(id);
  return new VantageError("account_exists", `Cannot log in: '${name}' has an API key`, {
    hint: `Remove it first with \`vantage account remove ${id.service} ${id.account}\`, ` +
      "or log in to an account of another name",
  });
}

/** A new login is the way out of these, but the person should hear what was wrong. */
const MENDED_BY_LOGIN = [
  "store_corrupt",
  "store_insecure",
  "client_refused",
  "login_rejected",
] as const;

/** The session there is, refreshed where that is due; undefined where a person has to log in. */
async function existingSession(app: App, account: Account): Promise<Session | undefined> {
  const asksForScopes = account.settings.scopes.source.kind === "flag";
  try {
    const manager = await app.tokenManager(account);
    const state = await manager.state();
    if (state.kind === "key") throw hasApiKey(account);
    const known = "session" in state ? state.session : undefined;
    // A session of other scopes is no reason to stay; it may also have been chosen by an earlier flag.
    if (!known || asksForScopes && !sameScopes(known.grant.scopes, account.settings.scopes.value)) {
      return undefined;
    }
    return await manager.session();
  } catch (error) {
    if (isVantageError(error, ...LOGIN_NEEDED)) return undefined;
    if (!isVantageError(error, ...MENDED_BY_LOGIN)) throw error;
    app.person.warn(error.message);
    return undefined;
  }
}
