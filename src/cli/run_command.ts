import type { App, GlobalOptions } from "../app.ts";
import { EXIT, toVantageError, VantageError } from "../errors.ts";
import { fileProblem } from "../files.ts";
import { styleFor } from "../render/style.ts";
import { Terminal } from "../render/terminal.ts";
import type { StreamView, View, ViewContext } from "../render/view.ts";
import type { System } from "../system.ts";
import { FileError } from "../system.ts";
import type { Loaded } from "./command.ts";
import { watch } from "./watch.ts";

/** Runs a command, shows its result on stdout, and returns the exit status. Throws its error. */
export async function runCommand<T>(
  system: System,
  options: GlobalOptions,
  command: Loaded<T>,
  interrupted: AbortSignal,
): Promise<number> {
  const { App } = await import("../app.ts");
  const style = styleFor(system, system.stderr, options.color);
  const person = new Terminal(system, options, style, interrupted);
  const makeApp = () => new App(system, options, person, interrupted);
  if (command.again !== undefined) return await runAgain(command, makeApp);
  const app = makeApp();
  try {
    const result = await command.run(app).catch((error) => {
      const told = command.protocol?.failure?.(toVantageError(error));
      if (told !== undefined) system.stdout.write(told + "\n");
      throw error;
    });
    if (!command.endsByInterrupt) interrupted.throwIfAborted();
    if ("stream" in command.view) await stream(app, command.view, result);
    else {
      const text = await shown(app, command, command.view, result);
      const isWhole = text === "" || command.verbatim && !options.json;
      system.stdout.write(isWhole ? text : text + "\n");
    }
    return command.exitStatus?.(result) ?? EXIT.done;
  } catch (error) {
    if (error instanceof FileError) throw outputError(error);
    throw error;
  } finally {
    person.timings(app.timings.summary());
  }
}

/** Every other file's failure has been told of in its own words. */
const outputError = (error: FileError) =>
  new VantageError("file_unusable", `Cannot write ${error.path}: ${fileProblem(error)}`, {
    cause: error,
    hint: "Check where the output goes",
  });

/** `--watch`: run and shown again, until interrupted. */
async function runAgain<T>(command: Loaded<T>, makeApp: () => App): Promise<number> {
  const { system, options, interrupted } = makeApp();
  const { view, again: everyMs = 0 } = command;
  if ("stream" in view) throw new TypeError("What comes as a stream is not shown again");
  const look = async () => {
    const app = makeApp();
    const result = await command.run(app);
    return { text: await shown(app, command, view, result), facts: json(view, result) };
  };
  const isScreen = system.stdout.isTerminal && system.env("TERM") !== "dumb";
  return await watch(system, look, { everyMs, screen: isScreen && !options.json, interrupted });
}

function shown<T>(app: App, { protocol }: Loaded<T>, view: View<T>, result: T) {
  return app.options.json && !protocol ? json(view, result) : view.text(result, contextOf(app));
}

const json = <T>(view: View<T>, result: T) => JSON.stringify(view.json(result)) ?? "";

/** Writes as it comes, for as long as somebody reads. */
async function stream<T>(app: App, view: StreamView<T>, result: T): Promise<void> {
  const { system: { stdout }, options, timings } = app;
  const context = { ...contextOf(app), terminal: stdout.isTerminal, json: options.json };
  const encoder = new TextEncoder();
  for await (const part of view.stream(result, context)) {
    const bytes = typeof part === "string" ? encoder.encode(part) : part;
    await timings.measure("output", () => stdout.writeBytes(bytes));
    if (stdout.closed) return;
  }
}

function contextOf({ system, options }: App): ViewContext {
  const style = styleFor(system, system.stdout, options.color);
  return { style, columns: system.stdout.columns(), now: system.clock.now() };
}
