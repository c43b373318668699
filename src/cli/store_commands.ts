import { Argument } from "@commander-js/extra-typings";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";

const STORES = ["file", "keyring", "sops"] as const;

/** `vantage store …` */
export function addStoreCommands(program: Group, choose: Choose): void {
  const store = program.command("store").description("manage where credentials are kept")
    .helpCommand(false);

  command(
    store,
    "migrate",
    "move all credentials from one store to another, and make it the one in use",
    "vantage store migrate file keyring",
  )
    .addArgument(new Argument("<from>", "where they are").choices(STORES))
    .addArgument(new Argument("<to>", "where they shall be").choices(STORES))
    .action((from, to) =>
      choose(async () => {
        const { storeMigrate } = await import("../commands/store/migrate.ts");
        const { storeMigrateView: view } = await import("../render/store.ts");
        return { view, run: (app) => storeMigrate(app, from, to) };
      })
    );
}
