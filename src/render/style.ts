import { styleText } from "node:util";
import type { Output, System } from "../system.ts";

/** Colours for one output, or none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** `--no-color`, then `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`, then whether `output` is a terminal. */
export function styleFor(
  system: Pick<System, "env">,
  output: Pick<Output, "isTerminal">,
  color: boolean,
): Style {
  const forced = system.env("FORCE_COLOR");
  const enabled = color && !system.env("NO_COLOR") &&
    (forced !== undefined ? forced !== "0" : output.isTerminal && system.env("TERM") !== "dumb");
  const paint = (format: "bold" | "dim" | "red" | "green" | "yellow" | "cyan") => (text: string) =>
    enabled ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}
