import { Command, type OutputConfiguration } from "@commander-js/extra-typings";
import type { Choose } from "./command.ts";
import { exampleText } from "./command.ts";
import { addAccountCommands } from "./account_commands.ts";
import { addApiCommands } from "./api_commands.ts";
import { addConfigCommands } from "./config_commands.ts";
import { addDaemonCommands } from "./daemon_commands.ts";
import { addHelperCommands } from "./helper_commands.ts";
import { verboseOption } from "./options.ts";
import { addProfileCommands } from "./profile_commands.ts";
import { addProviderCommands } from "./provider_commands.ts";
import { addReferenceCommands } from "./reference_commands.ts";
import { addSessionCommands } from "./session_commands.ts";
import { addSetupCommands } from "./setup_commands.ts";
import { addStoreCommands } from "./store_commands.ts";
import { VERSION } from "../version.ts";

/**
 * The command tree. A new command is an entry in the file of its group here, a file in
 * `commands/` and a view in `render/`. What stands between angle brackets matters: `<profile>`,
 * `<provider>`, `<service>`, `<account>`, `<key>`, `<file>` and `<dir>` are completed by the shell (`complete.ts`).
 */
export function commandTree(choose: Choose, output: OutputConfiguration) {
  const program = new Command("vantage")
    .exitOverride()
    .configureOutput(output)
    .description("Log in once, from anywhere, to any OAuth 2.0 or OpenID Connect provider.")
    .version(`vantage ${VERSION}`, "--version", "print the version")
    .option("-p, --profile <profile>", "the profile to use")
    .option("--json", "print one JSON document, and errors as JSON")
    .addOption(verboseOption())
    .option("--no-color", "print without colours")
    .option("--no-input", "never ask, never open a browser")
    .option("--direct", "do not use the daemon, whether it runs or not")
    .option("--timings", "tell where the time went")
    .option("--home <dir>", "keep every file in this directory (as VANTAGE_HOME)")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help of a command")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", exampleText("vantage login --profile prod"));
  addSessionCommands(program, choose);
  addProfileCommands(program, choose);
  addAccountCommands(program, choose);
  addProviderCommands(program, choose);
  addReferenceCommands(program, choose);
  addApiCommands(program, choose);
  addStoreCommands(program, choose);
  addDaemonCommands(program, choose);
  addHelperCommands(program, choose);
  addConfigCommands(program, choose);
  addSetupCommands(program, choose);
  return program;
}
