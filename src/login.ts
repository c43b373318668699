import type { App } from "./app.ts";
import type { Profile } from "./config/profile.ts";
import { hasDesktop, openBrowser } from "./desktop.ts";
import { isVantageError, VantageError } from "./errors.ts";
import { browserLogin } from "./oauth/browser.ts";
import { clientCredentialsLogin } from "./oauth/client_credentials.ts";
import { deviceLogin } from "./oauth/device.ts";
import type { Server } from "./oauth/server.ts";
import type { TokenSet } from "./oauth/token_set.ts";
import { accountOf, grantOf } from "./profiles.ts";
import { formatAccount } from "./store/store.ts";
import { takeLock } from "./tokens/account_lock.ts";
import { checkWritable, updateCredentials } from "./tokens/credential_update.ts";
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

type Flow = "device" | "browser" | "client-credentials";

const BROWSER_TIMEOUT_MS = 5 * 60_000;

/**
 * Makes sure that the profile has a session: keeps the one it has, or goes through a login.
 * One interactive login an account at a time; the account's own lock is not held meanwhile,
 * so every other command goes on as before.
 */
export async function login(
  app: App,
  profile: Profile,
  options: LoginOptions,
): Promise<LoginOutcome> {
  const kept = options.force ? undefined : await existingSession(app, profile);
  if (kept) return { session: kept, already: true };

  const parts = { store: app.store(profile), clock: app.system.clock, id: accountOf(profile) };
  await checkWritable(parts.store, parts.clock, parts.id);
  let told = false;
  const turn = await takeLock<never>(parts, "login", {
    timeoutMs: options.timeoutMs ?? BROWSER_TIMEOUT_MS,
    signal: app.interrupted,
    meanwhile: () => {
      if (!told) {
        app.person.notice(
          `Another login to '${formatAccount(parts.id)}' is under way: waiting for it`,
        );
      }
      told = true;
      return Promise.resolve(undefined);
    },
  });
  if (!("lock" in turn)) throw new TypeError("Unreachable");
  await using _slot = turn.lock;
  const theirs = turn.waited ? await existingSession(app, profile) : undefined;
  if (theirs) return { session: theirs, already: true };

  const server = await app.server(profile, { fresh: true });
  const flow = await chooseFlow(app, profile, server, options);
  const session: Session = {
    ...await run(flow, app, profile, server, options),
    grant: grantOf(profile),
    scopesChosen: profile.settings.scopes.source.kind === "flag",
  };
  await updateCredentials(parts.store, parts.clock, parts.id, ({ clientSecret }) => ({
    session,
    ...(clientSecret && { clientSecret }),
  }));
  app.person.event({ event: "authorized" });
  return { session, already: false };
}

/** The session there is, refreshed where that is due; undefined where a person has to log in. */
async function existingSession(app: App, profile: Profile): Promise<Session | undefined> {
  const asksForScopes = profile.settings.scopes.source.kind === "flag";
  try {
    const manager = app.tokenManager(profile);
    const state = await manager.state();
    const known = "session" in state ? state.session : undefined;
    // A session of other scopes is no reason to stay; it may also have been chosen by an earlier flag.
    if (!known || asksForScopes && !sameScopes(known.grant.scopes, profile.settings.scopes.value)) {
      return undefined;
    }
    return await manager.session();
  } catch (error) {
    const mendedByLogin = isVantageError(
      error,
      "not_logged_in",
      "session_expired",
      "session_ended",
      "session_changed",
      "store_corrupt",
      "store_insecure",
    );
    if (!mendedByLogin) throw error;
    if (error.code.startsWith("store_")) app.person.warn(error.message);
    return undefined;
  }
}

/** `auto`: a browser where there is a desktop, else a code to be entered anywhere. */
async function chooseFlow(
  app: App,
  profile: Profile,
  server: Server,
  options: LoginOptions,
): Promise<Flow> {
  const wanted = profile.settings.flow.value;
  if (wanted !== "auto") return wanted;
  const browser = server.supports("authorization_endpoint");
  const device = server.supports("device_authorization_endpoint");
  if (browser && !options.noBrowser && await canOpenBrowser(app)) return "browser";
  if (device) return "device";
  if (browser) return "browser";
  throw new VantageError(
    "not_supported",
    `The provider '${server.as.issuer}' offers no login for people`,
    {
      hint: "Use `--flow client-credentials`, or set the provider's endpoints in the profile",
    },
  );
}

async function canOpenBrowser(app: App): Promise<boolean> {
  return app.options.input && !app.system.env("VANTAGE_NO_INPUT") && await hasDesktop(app.system);
}

function run(
  flow: Flow,
  app: App,
  profile: Profile,
  server: Server,
  options: LoginOptions,
): Promise<TokenSet> {
  const request = { scopes: profile.settings.scopes.value, signal: app.interrupted };
  switch (flow) {
    case "client-credentials":
      return clientCredentialsLogin(server, request);
    case "device":
      return byDevice(app, server, request, options);
    case "browser":
      return byBrowser(app, server, request, options);
  }
}

interface Request {
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

async function byDevice(
  app: App,
  server: Server,
  request: Request,
  options: LoginOptions,
): Promise<TokenSet> {
  const { person } = app;
  const shown = new DisposableStack();
  try {
    return await deviceLogin(server, {
      ...request,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
      async onCode(code) {
        const address = code.verificationUriComplete ?? code.verificationUri;
        await person.deviceCode(code, { qr: options.qr ?? false });
        if (!options.noBrowser && await canOpenBrowser(app)) await openBrowser(app.system, address);
        shown.use(person.waiting("Waiting for you to approve the login", code.expiresAt));
      },
      onPending: () => person.event({ event: "pending" }),
    });
  } finally {
    shown.dispose();
  }
}

async function byBrowser(
  app: App,
  server: Server,
  request: Request,
  options: LoginOptions,
): Promise<TokenSet> {
  const { person, system } = app;
  const timeoutMs = options.timeoutMs ?? BROWSER_TIMEOUT_MS;
  const shown = new DisposableStack();
  try {
    return await browserLogin(system, server, {
      ...request,
      timeoutMs,
      async onUrl(url) {
        const opened = !options.noBrowser && await canOpenBrowser(app) &&
          await openBrowser(system, url);
        person.authorizationUrl(url, { opened });
        shown.use(person.waiting("Waiting for the browser", system.clock.now() + timeoutMs));
      },
      pasted: (signal) => person.canAnswer ? system.stdin.lines(signal) : nothing(),
      onWrongPaste: () => person.warn("That is not the address that this login ends on"),
    });
  } finally {
    shown.dispose();
  }
}

async function* nothing(): AsyncGenerator<string> {}
