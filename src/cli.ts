import { CommanderError } from "@commander-js/extra-typings";
import type { Choose, Loaded } from "./cli/command.ts";
import { findPlugin } from "./cli/plugin.ts";
import { loadPlugin } from "./cli/plugin_command.ts";
import { addSavedCommands } from "./cli/saved_commands.ts";
import { commandTree } from "./cli/tree.ts";
import { runCommand } from "./cli/run_command.ts";
import { usageError } from "./cli/usage_error.ts";
import { EXIT, toVantageError } from "./errors.ts";
import { errorJson, errorText } from "./render/error.ts";
import { styleFor } from "./render/style.ts";
import type { System } from "./system.ts";

/**
 * Runs the command line and returns the exit status: parses, runs the command, renders its
 * result or its error. `interrupted` aborts with the error to report when the person presses Ctrl-C.
 */
export async function run(system: System, interrupted: AbortSignal): Promise<number> {
  let chosen: (() => Promise<Loaded<unknown>>) | undefined;
  let helpForError = "";
  const choose: Choose = (load) => chosen = load as () => Promise<Loaded<unknown>>;
  const program = commandTree(choose, {
    writeOut: (text) => system.stdout.write(text),
    writeErr: (text) => helpForError += text,
    getOutHelpWidth: () => system.stdout.columns() ?? 80,
    getErrHelpWidth: () => system.stderr.columns() ?? 80,
  });
  try {
    await addSavedCommands(program, choose, system);
    const plugin = await findPlugin(program, system);
    if (plugin) {
      program.parseOptions([...plugin.options]);
      chosen = () => loadPlugin(plugin);
    } else {
      await program.parseAsync([...system.args], { from: "user" });
    }
    if (!chosen) throw new TypeError("A command without an action");
    const flags = program.opts();
    // Defaults that commander sets only where it parses everything, which a plugin's words forbid.
    const { json = false, color = true, input: asked = true, direct = false, timings = false } =
      flags;
    const options = { ...flags, json, color, direct, timings, verbose: Number(flags.verbose) };
    const command = await chosen();
    const input = asked && (command.protocol?.mayAsk(system) ?? true);
    return await runCommand(system, { ...options, input }, command, interrupted);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done; // --help and --version have been printed
      if (error.code === "commander.help" && !ownArgs(system).includes("--json")) {
        system.stderr.write(helpForError);
        return EXIT.usage;
      }
    }
    return reportError(system, usageError(error, program, system.args));
  }
}

/** Shows an error and returns its exit status. Also for what nobody caught. */
export function reportError(system: System, thrown: unknown): number {
  const error = toVantageError(thrown);
  // From the arguments themselves: they may be what could not be parsed.
  const args = ownArgs(system);
  const verbose = args.filter((arg) => /^(-v+|--verbose)$/.test(arg)).length;
  const style = styleFor(system, system.stderr, !args.includes("--no-color"));
  system.stderr.write(
    args.includes("--json") ? errorJson(error) : errorText(error, { style, verbose }),
  );
  return error.exitStatus;
}

/** The arguments that are for us: behind `--` stands what others are to get. */
function ownArgs({ args }: System): readonly string[] {
  const end = args.indexOf("--");
  return end === -1 ? args : args.slice(0, end);
}
