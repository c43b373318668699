import type { VantageError } from "../errors.ts";
import { scrub } from "../secret.ts";
import { plain, plainLine } from "./plain.ts";
import type { Style } from "./style.ts";

/** An error for people: what happened, what to do next, and what lies behind it. */
export function errorText(error: VantageError, options: { style: Style; verbose: number }): string {
  const { style, verbose } = options;
  const lines = [`${style.red("error:")} ${plain(error.message)}`];
  const reasons = causes(error).filter((reason) => !error.message.includes(reason));
  for (const reason of new Set(reasons)) lines.push(`${style.dim("cause:")} ${plainLine(reason)}`);
  if (error.hint !== undefined) lines.push(`${style.cyan("hint:")} ${plain(error.hint)}`);
  if (verbose > 0) lines.push(style.dim(plain(stack(error))));
  return scrub(lines.join("\n")) + "\n";
}

/** The same for programs. */
export function errorJson(error: VantageError): string {
  const { code, message, hint } = error;
  return scrub(JSON.stringify({ error: { code, message: plain(message), hint: hint ?? null } })) +
    "\n";
}

function causes(error: Error): string[] {
  const found: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    found.push(cause.message);
  }
  return found;
}

function stack(error: Error): string {
  const deepest = error.cause instanceof Error ? error.cause : error;
  return (deepest.stack ?? deepest.message).split("\n").slice(1).join("\n");
}
