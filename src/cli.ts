import { CommanderError } from "@commander-js/extra-typings";
import { App, type GlobalOptions } from "./app.ts";
import type { Loaded } from "./cli/tree.ts";
import { commandTree } from "./cli/tree.ts";
import { EXIT, toVantageError, VantageError } from "./errors.ts";
import { errorJson, errorText } from "./render/error.ts";
import { styleFor } from "./render/style.ts";
import { Terminal } from "./render/terminal.ts";
import type { System } from "./system.ts";

const CLEAR_SCREEN = "\x1b[H\x1b[2J";

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
    await program.parseAsync([...system.args], { from: "user" });
    if (!chosen) throw new VantageError("usage", "No command given");
    const flags = program.opts();
    const options = { ...flags, verbose: Number(flags.verbose) };
    return await runCommand(system, options, await chosen(), interrupted);
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(system, error);
    if (error.exitCode === 0) return EXIT.done; // --help and --version have been printed
    if (error.code !== "commander.help") return reportError(system, usageError(error));
    system.stderr.write(helpForError);
    return EXIT.usage;
  }
}

async function runCommand<T>(
  system: System,
  options: GlobalOptions,
  command: Loaded<T>,
  interrupted: AbortSignal,
): Promise<number> {
  const style = styleFor(system, system.stdout, options.color);
  const person = new Terminal(system, options, styleFor(system, system.stderr, options.color));
  const app = new App(system, options, person, interrupted);
  while (true) {
    const result = await command.run(app);
    interrupted.throwIfAborted();
    const columns = system.stdout.columns();
    const text = options.json
      ? jsonText(command.view.json(result))
      : await command.view.text(result, { style, columns, now: system.clock.now() });
    if (command.again !== undefined && system.stdout.isTerminal) system.stdout.write(CLEAR_SCREEN);
    if (text !== "") system.stdout.write(text + "\n");
    if (command.again === undefined) return command.exitStatus?.(result) ?? EXIT.done;
    await system.clock.sleep(command.again, interrupted);
  }
}

const jsonText = (value: unknown) => value === undefined ? "" : JSON.stringify(value);

/** Commander's complaint in our words: it ends with a period and starts with `error: `. */
function usageError(error: CommanderError): VantageError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const message = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, "");
  const suggestion = rest.join(" ").replace(/^\((.*)\)$/, "$1");
  return new VantageError("usage", message, {
    hint: suggestion || "Run it with --help to see what it takes",
  });
}

/** Shows an error and returns its exit status. Also for what nobody caught. */
export function reportError(system: System, thrown: unknown): number {
  const error = toVantageError(thrown);
  // From the arguments themselves: they may be what could not be parsed.
  const verbose = system.args.filter((arg) => /^(-v+|--verbose)$/.test(arg)).length;
  const color = !system.args.includes("--no-color");
  system.stderr.write(
    system.args.includes("--json")
      ? errorJson(error)
      : errorText(error, { style: styleFor(system, system.stderr, color), verbose }),
  );
  return error.exitStatus;
}
