import type { VantageError } from "../errors.ts";
import { scrub } from "../secret.ts";
import { plain, plainLine } from "./plain.ts";
import type { Style } from "./style.ts";

/** An error for people: what happened, what lies behind it, and what to do next. */
export function errorText(error: VantageError, options: { style: Style; verbose: number }): string {
  const { style, verbose } = options;
  const lines = [`${style.red("error:")} ${plainLine(error.message)}`];
  if (error.excerpt !== undefined) lines.push(plain(error.excerpt));
  const reasons = causes(error).filter((reason) => !error.message.includes(reason));
  for (const reason of new Set(reasons)) lines.push(`${style.dim("cause:")} ${plainLine(reason)}`);
  if (error.hint !== undefined) lines.push(`${style.cyan("hint:")} ${plainLine(error.hint)}`);
  if (verbose > 0) lines.push(style.dim(plain(stack(error))));
  return scrub(lines.join("\n")) + "\n";
}

/** The same for programs. */
export function errorJson(error: VantageError): string {
  const { code, message, hint } = error;
  const shown = {
    code,
    message: plainLine(message),
    hint: hint === undefined ? null : plainLine(hint),
  };
  return scrub(JSON.stringify({ error: shown })) + "\n";
}

function causes(error: Error): string[] {
  const found: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    found.push(cause.message);
  }
  return found;
}

/** Where it began: the calls that led to the deepest cause, without its message. */
function stack(error: Error): string {
  let deepest = error;
  while (deepest.cause instanceof Error) deepest = deepest.cause;
  return (deepest.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).join("\n");
}
