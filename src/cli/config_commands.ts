import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { ownNames } from "./plugin.ts";

/** `vantage config …` */
export function addConfigCommands(program: Group & CommandUnknownOpts, choose: Choose): void {
  const config = program.command("config").description("manage the settings file")
    .helpCommand(false);

  command(config, "path", "print where the settings file is", "vantage config path")
    .action(() =>
      choose(async () => {
        const { configPath: run } = await import("../commands/config/path.ts");
        const { configPathView: view } = await import("../render/config.ts");
        return { view, run };
      })
    );

  command(
    config,
    "edit",
    "open the settings file in your editor, and check it afterwards",
    "vantage config edit",
  )
    .action(() =>
      choose(async () => {
        const { configEdit: run } = await import("../commands/config/edit.ts");
        const { configEditView: view } = await import("../render/config.ts");
        return { view, run };
      })
    );

  command(
    config,
    "check",
    "find everything that is wrong with the settings file",
    "vantage config check",
  )
    .action(() =>
      choose(async () => {
        const { configCheck } = await import("../commands/config/check.ts");
        const { configCheckView: view } = await import("../render/config.ts");
        return {
          view,
          run: (app) => configCheck(app, ownNames(program)),
          exitStatus: (result) => result.ok ? 0 : 3,
        };
      })
    );
}
