import { Command, Option, type OutputConfiguration } from "@commander-js/extra-typings";
import manifest from "../../deno.json" with { type: "json" };
import type { App } from "../app.ts";
import type { View } from "../render/view.ts";
import { counted, duration, repeated } from "./options.ts";

/** What a command is once it is loaded: data first, then how it looks. */
export interface Loaded<T> {
  run(app: App): Promise<T>;
  readonly view: View<T>;
  /** The exit status of a result that is an answer and no success. */
  exitStatus?(result: T): number;
  /** Run and show again after this many milliseconds, until interrupted. */
  readonly again?: number;
}

/** Takes the command that the arguments name; it is loaded and run when parsing has ended. */
export type Choose = <T>(load: () => Promise<Loaded<T>>) => void;

/** The command tree. A new command is one more entry here, a file in `commands/` and a view. */
export function commandTree(choose: Choose, output: OutputConfiguration) {
  const program = new Command("vantage")
    .exitOverride()
    .configureOutput(output)
    .description("Log in once, from anywhere, to any OAuth 2.0 or OpenID Connect provider.")
    .version(`vantage ${manifest.version}`, "--version", "print the version")
    .option("-p, --profile <name>", "the profile to use")
    .option("--json", "print one JSON document, and errors as JSON", false)
    .addOption(
      new Option("-v, --verbose", "say what is done (-vv: more)").default(0 as number).argParser(
        counted,
      ),
    )
    .option("--no-color", "print without colours")
    .option("--no-input", "never ask, never open a browser")
    .option("--home <dir>", "keep every file in this directory (as VANTAGE_HOME)")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", example("vantage login --profile prod"));

  program.command("login").description("log in the profile in use")
    .addOption(
      new Option("--flow <flow>", "how to log in").choices([
        "auto",
        "device",
        "browser",
        "client-credentials",
      ]),
    )
    .option("--scope <scope>", "ask for this scope instead of the profile's (repeatable)", repeated)
    .option("--no-browser", "print the address instead of opening a browser")
    .option("--qr", "draw the device login's address as a QR code")
    .option("--timeout <duration>", "how long to wait for you, such as 5m", duration)
    .option("--force", "log in again although there is a session")
    .addHelpText("after", example("vantage login -p prod --flow device --qr"))
    .action((options) =>
      choose(async () => {
        const { login } = await import("../commands/login.ts");
        const { loginView: view } = await import("../render/login.ts");
        const { browser, timeout, ...rest } = options;
        return {
          view,
          run: (app) =>
            login(app, {
              ...rest,
              noBrowser: !browser,
              ...(timeout !== undefined && { timeoutMs: timeout }),
            }),
        };
      })
    );

  program.command("logout").description("revoke the session at the provider and remove it here")
    .option("--all", "log out of every profile")
    .option("--keep-remote", "remove the session here only")
    .addHelpText("after", example("vantage logout --all"))
    .action((options) =>
      choose(async () => {
        const { logout } = await import("../commands/logout.ts");
        const { logoutView: view } = await import("../render/logout.ts");
        return { view, run: (app) => logout(app, options) };
      })
    );

  program.command("whoami").description("print who is logged in")
    .addHelpText("after", example("vantage whoami --json"))
    .action(() =>
      choose(async () => {
        const { whoami } = await import("../commands/whoami.ts");
        const { whoamiView: view } = await import("../render/whoami.ts");
        return { view, run: whoami };
      })
    );

  program.command("status").description("print the state of every profile, without network")
    .option("--watch", "keep printing it until interrupted")
    .addHelpText("after", example("vantage status --watch"))
    .action((options) =>
      choose(async () => {
        const { status } = await import("../commands/status.ts");
        const { statusView: view } = await import("../render/status.ts");
        return { view, run: status, ...(options.watch && { again: 1_000 }) };
      })
    );

  program.command("token").description("print a valid access token, refreshed first if need be")
    .option("--refresh", "refresh although the token is good")
    .option("--min-ttl <duration>", "the token must live this long, such as 10m", duration)
    .addOption(
      new Option("--format <format>", "how to print it").choices(["raw", "header", "json", "env"]),
    )
    .option("--check", "print nothing, exit 0 if no login is needed now, else 4; no network")
    .addHelpText(
      "after",
      example('curl -H "$(vantage token --format header)" https://api.example.com/me'),
    )
    .action((options) =>
      choose(async () => {
        const { token } = await import("../commands/token.ts");
        const { tokenView: view } = await import("../render/token.ts");
        return { view, run: (app) => token(app, options) };
      })
    );

  program.command("refresh").description("refresh the token now and print its new expiry")
    .addHelpText("after", example("vantage refresh -p prod"))
    .action(() =>
      choose(async () => {
        const { refresh } = await import("../commands/refresh.ts");
        const { refreshView: view } = await import("../render/refresh.ts");
        return { view, run: refresh };
      })
    );

  addProfileCommands(program.command("profile").description("manage profiles"), choose);
  addConfigCommands(program.command("config").description("manage the settings file"), choose);

  program.command("doctor").description("find out what is wrong and how to mend it")
    .addHelpText("after", example("vantage doctor -p prod"))
    .action(() =>
      choose(async () => {
        const { doctor } = await import("../commands/doctor.ts");
        const { doctorView: view } = await import("../render/doctor.ts");
        return { view, run: doctor, exitStatus: (result) => result.healthy ? 0 : 1 };
      })
    );

  return program;
}

type Group = Pick<Command, "command">;

function addProfileCommands(profile: Group, choose: Choose): void {
  profile.command("list").description("list the profiles")
    .addHelpText("after", example("vantage profile list"))
    .action(() =>
      choose(async () => {
        const { profileList: run } = await import("../commands/profile/list.ts");
        const { profileListView: view } = await import("../render/profile.ts");
        return { view, run };
      })
    );
  profile.command("show").description("print the settings of the profile and where each comes from")
    .addHelpText("after", example("vantage profile show -p prod"))
    .action(() =>
      choose(async () => {
        const { profileShow: run } = await import("../commands/profile/show.ts");
        const { profileShowView: view } = await import("../render/profile.ts");
        return { view, run };
      })
    );
  profile.command("create").description("create a profile")
    .argument("<name>", "its name")
    .option("--issuer <url>", "issuer of the provider")
    .option("--client-id <id>", "client id that the provider gave you")
    .option("--scope <scope>", "scope to ask for (repeatable)", repeated)
    .option("--flow <flow>", "how to log in: auto, device, browser or client-credentials")
    .option("--vantage-url <url>", "address of a Vantage deployment, in place of the issuer")
    .option("--api-url <url>", "base address of the API")
    .option("--graphql-url <url>", "address of the GraphQL endpoint")
    .option("--use", "make it the active profile")
    .addHelpText(
      "after",
      example(
        "vantage profile create prod --issuer https://id.example.com --client-id my-cli --use",
      ),
    )
    .action((name, options) =>
      choose(async () => {
        const { profileCreate } = await import("../commands/profile/create.ts");
        const { profileCreateView: view } = await import("../render/profile.ts");
        return {
          view,
          run: (app) =>
            profileCreate(app, name, {
              issuer: options.issuer,
              client_id: options.clientId,
              scopes: options.scope,
              flow: options.flow,
              vantage_url: options.vantageUrl,
              api_url: options.apiUrl,
              graphql_url: options.graphqlUrl,
              use: options.use,
            }),
        };
      })
    );
  profile.command("set").description("change a setting of the profile")
    .argument("<key>", "the setting, or client_secret")
    .argument("[value]", "its value; for client_secret only -, to read it from stdin")
    .option("--unset", "remove the setting")
    .addHelpText("after", example("vantage profile set refresh_threshold 2m -p prod"))
    .action((key, value, options) =>
      choose(async () => {
        const { profileSet } = await import("../commands/profile/set.ts");
        const { profileSetView: view } = await import("../render/profile.ts");
        return { view, run: (app) => profileSet(app, key, value, options) };
      })
    );
  profile.command("use").description("make a profile the active one")
    .argument("<name>", "its name")
    .addHelpText("after", example("vantage profile use prod"))
    .action((name) =>
      choose(async () => {
        const { profileUse } = await import("../commands/profile/use.ts");
        const { profileUseView: view } = await import("../render/profile.ts");
        return { view, run: (app) => profileUse(app, name) };
      })
    );
  profile.command("delete").description("delete a profile, its session and its secrets")
    .argument("<name>", "its name")
    .option("--yes", "do not ask")
    .addHelpText("after", example("vantage profile delete staging --yes"))
    .action((name, options) =>
      choose(async () => {
        const { profileDelete } = await import("../commands/profile/delete.ts");
        const { profileDeleteView: view } = await import("../render/profile.ts");
        return { view, run: (app) => profileDelete(app, name, options) };
      })
    );
}

function addConfigCommands(config: Group, choose: Choose): void {
  config.command("path").description("print where the settings file is")
    .addHelpText("after", example("vantage config path"))
    .action(() =>
      choose(async () => {
        const { configPath: run } = await import("../commands/config/path.ts");
        const { configPathView: view } = await import("../render/config.ts");
        return { view, run };
      })
    );
  config.command("edit").description(
    "open the settings file in your editor, and check it afterwards",
  )
    .addHelpText("after", example("vantage config edit"))
    .action(() =>
      choose(async () => {
        const { configEdit: run } = await import("../commands/config/edit.ts");
        const { configEditView: view } = await import("../render/config.ts");
        return { view, run };
      })
    );
  config.command("check").description("find everything that is wrong with the settings file")
    .addHelpText("after", example("vantage config check"))
    .action(() =>
      choose(async () => {
        const { configCheck: run } = await import("../commands/config/check.ts");
        const { configCheckView: view } = await import("../render/config.ts");
        return { view, run, exitStatus: (result) => result.ok ? 0 : 3 };
      })
    );
}

const example = (line: string) => `\nExample:\n  $ ${line}`;
