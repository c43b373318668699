import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { flowOption, repeated } from "./options.ts";

/** `vantage profile …` */
export function addProfileCommands(program: Group, choose: Choose): void {
  const profile = program.command("profile").description("manage profiles").helpCommand(false);

  command(profile, "list", "list the profiles", "vantage profile list")
    .action(() =>
      choose(async () => {
        const { profileList: run } = await import("../commands/profile/list.ts");
        const { profileListView: view } = await import("../render/profile.ts");
        return { view, run };
      })
    );

  command(
    profile,
    "show",
    "print the settings of the profile and where each comes from",
    "vantage profile show -p prod",
  )
    .action(() =>
      choose(async () => {
        const { profileShow: run } = await import("../commands/profile/show.ts");
        const { profileShowView: view } = await import("../render/profile.ts");
        return { view, run };
      })
    );

  command(
    profile,
    "create",
    "create a profile",
    "vantage profile create prod --issuer https://id.example.com --client-id my-cli --use",
  )
    .argument("<name>", "its name")
    .option("--issuer <url>", "issuer of the provider")
    .option("--client-id <id>", "client id that the provider gave you")
    .option("--scope <scope>", "scope to ask for (repeatable)", repeated)
    .addOption(flowOption())
    .option("--vantage-url <url>", "address of a Vantage deployment, in place of the issuer")
    .option("--api-url <url>", "base address of the API")
    .option("--graphql-url <url>", "address of the GraphQL endpoint")
    .option("--use", "make it the active profile")
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

  command(
    profile,
    "set",
    "change a setting of the profile",
    "vantage profile set refresh_threshold 2m -p prod",
  )
    .argument("<key>", "the setting, or client_secret")
    .argument("[value]", "its value; for client_secret only -, to read it from stdin")
    .option("--unset", "remove the setting")
    .action((key, value, options) =>
      choose(async () => {
        const { profileSet } = await import("../commands/profile/set.ts");
        const { profileSetView: view } = await import("../render/profile.ts");
        return { view, run: (app) => profileSet(app, key, value, options) };
      })
    );

  command(profile, "use", "make a profile the active one", "vantage profile use prod")
    .argument("<profile>", "its name")
    .action((name) =>
      choose(async () => {
        const { profileUse } = await import("../commands/profile/use.ts");
        const { profileUseView: view } = await import("../render/profile.ts");
        return { view, run: (app) => profileUse(app, name) };
      })
    );

  command(
    profile,
    "delete",
    "delete a profile, its session and its secrets",
    "vantage profile delete staging --yes",
  )
    .argument("<profile>", "its name")
    .option("--yes", "do not ask")
    .action((name, options) =>
      choose(async () => {
        const { profileDelete } = await import("../commands/profile/delete.ts");
        const { profileDeleteView: view } = await import("../render/profile.ts");
        return { view, run: (app) => profileDelete(app, name, options) };
      })
    );
}
