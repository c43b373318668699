import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { repeated } from "./options.ts";

/** `vantage provider …` */
export function addProviderCommands(program: Group, choose: Choose): void {
  const provider = program.command("provider").description("manage providers of accounts")
    .helpCommand(false);

  command(provider, "list", "list the providers, built in or your own", "vantage provider list")
    .action(() =>
      choose(async () => {
        const { providerList: run } = await import("../commands/provider/list.ts");
        const { providerListView: view } = await import("../render/provider.ts");
        return { view, run };
      })
    );

  command(
    provider,
    "show",
    "print the settings of a provider and where each comes from",
    "vantage provider show github",
  )
    .argument("<provider>", "its name")
    .action((name) =>
      choose(async () => {
        const { providerShow } = await import("../commands/provider/show.ts");
        const { providerShowView: view } = await import("../render/provider.ts");
        return { view, run: (app) => providerShow(app, name) };
      })
    );

  command(
    provider,
    "set",
    "change a setting of a provider, or begin to define a new one",
    "vantage provider set spotify client_id 0123456789abcdef",
  )
    .argument("<provider>", "its name")
    .argument("<key>", "the setting, or client_secret")
    .argument("[value]", "its value; for client_secret only -, to read it from stdin")
    .option("--unset", "remove the setting")
    .action((name, key, value, options) =>
      choose(async () => {
        const { providerSet } = await import("../commands/provider/set.ts");
        const { providerSetView: view } = await import("../render/provider.ts");
        return { view, run: (app) => providerSet(app, name, key, value, options) };
      })
    );

  command(
    provider,
    "register",
    "register a client of your own where the provider lets programs do so",
    "vantage provider register acme --issuer https://id.example.com",
  )
    .argument("<provider>", "its name")
    .option("--issuer <url>", "the issuer, for a provider that is new")
    .option("--scope <scope>", "what the client may ask for (repeatable)", repeated)
    .option("--client-name <text>", "what the provider's consent page calls it", "vantage")
    .option(
      "--initial-access-token [value]",
      "for a provider that wants one: - reads it from stdin, else it is asked for",
    )
    .option("--force", "register another client in place of the one there is")
    .action((name, options) =>
      choose(async () => {
        const { providerRegister } = await import("../commands/provider/register.ts");
        const { providerRegisterView: view } = await import("../render/provider.ts");
        return { view, run: (app) => providerRegister(app, name, options) };
      })
    );
}
