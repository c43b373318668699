import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import { hasDesktop, openBrowser } from "../desktop.ts";
import { VantageError } from "../errors.ts";
import type { LoginOptions } from "../login.ts";
import { browserLogin } from "../oauth/browser.ts";
import { clientCredentialsLogin } from "../oauth/client_credentials.ts";
import { deviceLogin } from "../oauth/device.ts";
import type { Server } from "../oauth/server.ts";
import type { TokenSet } from "../oauth/token_set.ts";

/** How long a person has where neither a flag nor the provider says (milliseconds). */
export const PATIENCE_MS = 5 * 60_000;

type Flow = "device" | "browser" | "client-credentials";

interface Request {
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

/** Goes through the login that the settings ask for, and returns what it was granted. */
export async function runFlow(
  app: App,
  account: Account,
  server: Server,
  options: LoginOptions,
): Promise<TokenSet> {
  requireClientSecret(server);
  const request = { scopes: account.settings.scopes.value, signal: app.interrupted };
  switch (await chooseFlow(app, account, server, options)) {
    case "client-credentials":
      return await clientCredentialsLogin(server, request);
    case "device":
      return await byDevice(app, server, request, options);
    case "browser":
      return await byBrowser(app, server, request, options);
  }
}

/** Better to learn it now than after the person has logged in. */
function requireClientSecret({ settings }: Server): void {
  if (!settings.needsClientSecret || settings.clientSecret) return;
  throw new VantageError("config_incomplete", "The provider wants a client secret of its clients", {
    hint: `Run \`${settings.howToSet("client_secret", "-")}\` with the secret on stdin`,
  });
}

/** `auto`: a browser where there is a desktop, else a code to be entered anywhere. */
async function chooseFlow(
  app: App,
  account: Account,
  server: Server,
  options: LoginOptions,
): Promise<Flow> {
  const wanted = account.settings.flow.value;
  if (wanted !== "auto") return wanted;
  const browser = server.supports("authorization_endpoint");
  const device = server.supports("device_authorization_endpoint");
  if (browser && await mayOpenBrowser(app, options)) return "browser";
  if (device) return "device";
  if (browser) return "browser";
  throw new VantageError(
    "not_supported",
    `The provider '${server.as.issuer}' offers no login for people`,
    { hint: "Use `--flow client-credentials`, or set the provider's endpoints" },
  );
}

async function mayOpenBrowser(app: App, options: LoginOptions): Promise<boolean> {
  const { system } = app;
  return !options.noBrowser && app.options.input && !system.env("VANTAGE_NO_INPUT") &&
    await hasDesktop(system);
}

async function byDevice(
  app: App,
  server: Server,
  request: Request,
  options: LoginOptions,
): Promise<TokenSet> {
  const { person, system } = app;
  using shown = new DisposableStack();
  return await deviceLogin(server, {
    ...request,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    async onCode(code) {
      const address = code.verificationUriComplete ?? code.verificationUri;
      await person.deviceCode(code, { qr: options.qr ?? false });
      if (await mayOpenBrowser(app, options)) await openBrowser(system, address);
      shown.use(person.waiting("Waiting for you to approve the login", code.expiresAt));
    },
    onPending: () => person.event({ event: "pending" }),
  });
}

async function byBrowser(
  app: App,
  server: Server,
  request: Request,
  options: LoginOptions,
): Promise<TokenSet> {
  const { person, system } = app;
  const timeoutMs = options.timeoutMs ?? PATIENCE_MS;
  using shown = new DisposableStack();
  return await browserLogin(system, server, {
    ...request,
    timeoutMs,
    async onUrl(url) {
      const opened = await mayOpenBrowser(app, options) && await openBrowser(system, url);
      person.authorizationUrl(url, { opened });
      shown.use(person.waiting("Waiting for the browser", system.clock.now() + timeoutMs));
    },
    pasted: (signal) => person.canAnswer ? system.stdin.lines(signal) : nothing(),
    onWrongPaste: () => person.warn("That is not the address that this login ends on"),
  });
}

async function* nothing(): AsyncGenerator<string> {}
