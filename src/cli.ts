import { CommanderError } from "@commander-js/extra-typings";
import type { GlobalOptions } from "./app.ts";
import type { Loaded } from "./cli/command.ts";
import { findPlugin } from "./cli/plugin.ts";
import { loadPlugin } from "./cli/plugin_command.ts";
import { commandTree } from "./cli/tree.ts";
import { usageError } from "./cli/usage_error.ts";
import { watch } from "./cli/watch.ts";
import { EXIT, toVantageError } from "./errors.ts";
import { errorJson, errorText } from "./render/error.ts";
import { styleFor } from "./render/style.ts";
import { Terminal } from "./render/terminal.ts";
import type { System } from "./system.ts";

/**
 * Runs the command line and returns the exit status: parses, runs the command, renders its
 * result or its error. `interrupted` aborts with the error to report when the person presses Ctrl-C.
 */
export async function run(system: System, interrupted: AbortSignal): Promise<number> {
  let chosen: (() => Promise<Loaded<unknown>>) | undefined;
  let helpForError = "";
  const program = commandTree((load) => chosen = load as () => Promise<Loaded<unknown>>, {
    writeOut: (text) => system.stdout.write(text),
    writeErr: (text) => helpForError += text,
    getOutHelpWidth: () => system.stdout.columns() ?? 80,
    getErrHelpWidth: () => system.stderr.columns() ?? 80,
  });
  try {
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
    const { json = false, color = true, input: asked = true, direct = false } = flags;
    const options = { ...flags, json, color, direct, verbose: Number(flags.verbose) };
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

async function runCommand<T>(
  system: System,
  options: GlobalOptions,
  command: Loaded<T>,
  interrupted: AbortSignal,
): Promise<number> {
  const { App } = await import("./app.ts");
  const { stdout, stderr } = system;
  const style = styleFor(system, stdout, options.color);
  const person = new Terminal(
    system,
    options,
    styleFor(system, stderr, options.color),
    interrupted,
  );
  const answer = () => command.run(new App(system, options, person, interrupted));
  const json = (result: T) => JSON.stringify(command.view.json(result)) ?? "";
  const shown = (result: T) => {
    const context = { style, columns: stdout.columns(), now: system.clock.now() };
    return options.json && !command.protocol ? json(result) : command.view.text(result, context);
  };
  if (command.again !== undefined) {
    const look = async () => {
      const result = await answer();
      return { text: await shown(result), facts: json(result) };
    };
    const screen = stdout.isTerminal && system.env("TERM") !== "dumb" && !options.json;
    return await watch(system, look, { everyMs: command.again, screen, interrupted });
  }
  const result = await answer().catch((error) => {
    const told = command.protocol?.failure?.(toVantageError(error));
    if (told !== undefined) stdout.write(told + "\n");
    throw error;
  });
  if (!command.endsByInterrupt) interrupted.throwIfAborted();
  const text = await shown(result);
  if (text !== "") stdout.write(command.verbatim && !options.json ? text : text + "\n");
  return command.exitStatus?.(result) ?? EXIT.done;
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
