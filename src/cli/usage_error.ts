import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { isVantageError, VantageError } from "../errors.ts";
import { placeOf } from "./place.ts";

/**
 * An error of the command line with a hint: a command's own, or commander's complaint in our
 * words (it ends with a period and starts with `error: `). Anything else is returned as it is.
 */
export function usageError(
  error: unknown,
  program: CommandUnknownOpts,
  args: readonly string[],
): unknown {
  const help = `Run \`${pathOf(placeOf(program, args).command)} --help\``;
  if (isVantageError(error, "usage") && error.hint === undefined) {
    return new VantageError("usage", error.message, { hint: `${help} to see what it takes` });
  }
  if (!(error instanceof CommanderError)) return error;
  if (error.code === "commander.help") {
    return new VantageError("usage", "No command is given", { hint: `${help} for a list of them` });
  }
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const message = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, "");
  const suggestion = rest.join(" ").replace(/^\((.*)\)$/, "$1");
  return new VantageError("usage", message, {
    hint: suggestion || `${help} to see what it takes`,
  });
}

/** A command as a person types it: `vantage profile set`. */
export function pathOf(command: CommandUnknownOpts): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
