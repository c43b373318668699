import { Option } from "@commander-js/extra-typings";
import { EXIT } from "../errors.ts";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { accountArgument, duration, flowOption, repeated, serviceArgument } from "./options.ts";

const WATCH_MS = 1_000;

/** The commands about the session of an account: a profile's unless one is named. */
export function addSessionCommands(program: Group, choose: Choose): void {
  command(
    program,
    "login",
    "log in the profile in use, or an account",
    "vantage login -p prod --qr",
  )
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .addOption(flowOption())
    .option("--scope <scope>", "ask for this scope instead of the profile's (repeatable)", repeated)
    .option("--no-browser", "print the address instead of opening a browser")
    .option("--qr", "draw the device login's address as a QR code")
    .option("--timeout <duration>", "how long to wait for you, such as 5m", duration)
    .option("--force", "log in again although there is a session")
    .action((service, account, { browser, timeout: timeoutMs, ...options }) =>
      choose(async () => {
        const { login } = await import("../commands/login.ts");
        const { loginView: view } = await import("../render/login.ts");
        const rest = { noBrowser: !browser, ...(timeoutMs !== undefined && { timeoutMs }) };
        return { view, run: (app) => login(app, { service, account }, { ...options, ...rest }) };
      })
    );

  command(
    program,
    "logout",
    "revoke the session at the provider and remove it here",
    "vantage logout --all",
  )
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .option("--all", "log out of every profile and account")
    .option("--keep-remote", "remove the session here only")
    .action((service, account, options) =>
      choose(async () => {
        const { logout } = await import("../commands/logout.ts");
        const { logoutView: view } = await import("../render/logout.ts");
        return { view, run: (app) => logout(app, { service, account }, options) };
      })
    );

  command(program, "whoami", "print who is logged in", "vantage whoami --json")
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .action((service, account) =>
      choose(async () => {
        const { whoami } = await import("../commands/whoami.ts");
        const { whoamiView: view } = await import("../render/whoami.ts");
        return { view, run: (app) => whoami(app, { service, account }) };
      })
    );

  command(
    program,
    "status",
    "print the state of every profile and account, without network",
    "vantage status --watch",
  )
    .option("--watch", "keep it up to date until interrupted")
    .action(({ watch }) =>
      choose(async () => {
        const { status: run } = await import("../commands/status.ts");
        const { statusView: view } = await import("../render/status.ts");
        return { view, run, again: watch && WATCH_MS };
      })
    );

  command(
    program,
    "token",
    "print a valid access token, refreshed first if need be",
    'curl -H "$(vantage token --format header)" https://api.example.com/me',
  )
    .alias("get-token")
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .option("--refresh", "refresh although the token is good")
    .option("--min-ttl <duration>", "the token must live this long, such as 10m", duration)
    .addOption(
      new Option("--format <format>", "how to print it").choices(
        ["raw", "header", "json", "env"] as const,
      ),
    )
    .option("--check", "print nothing, exit 0 if no login is needed now, else 4; no network")
    .action((service, account, options) =>
      choose(async () => {
        const { token } = await import("../commands/token.ts");
        const { tokenView: view } = await import("../render/token.ts");
        return {
          view,
          run: (app) => token(app, { service, account }, options),
          exitStatus: ({ needsLogin }) => needsLogin ? EXIT.login : EXIT.done,
        };
      })
    );

  command(
    program,
    "refresh",
    "refresh the token now and print its new expiry",
    "vantage refresh -p prod",
  )
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .action((service, account) =>
      choose(async () => {
        const { refresh } = await import("../commands/refresh.ts");
        const { refreshView: view } = await import("../render/refresh.ts");
        return { view, run: (app) => refresh(app, { service, account }) };
      })
    );
}
