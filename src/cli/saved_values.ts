import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Json, ParameterType, SavedParameter } from "../config/command_types.ts";

/** The value that a word on the command line stands for, by the parameter's type and choices. */
export function readValue(text: string, { type, choices }: SavedParameter): Json {
  if (choices && !choices.some((choice) => String(choice) === text)) {
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
  }
  return READERS[type](text);
}

const READERS: Readonly<Record<ParameterType, (text: string) => Json>> = {
  string: (text) => text,
  integer(text) {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError("Write a whole number, such as 10.");
  },
  number(text) {
    const value = Number(text);
    const isDecimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
    if (isDecimal && Number.isFinite(value)) return value;
    throw new InvalidArgumentError("Write a number, such as 2.5.");
  },
  boolean(text) {
    if (text === "true" || text === "false") return text === "true";
    throw new InvalidArgumentError("Write true or false.");
  },
  json(text) {
    try {
      return JSON.parse(text);
    } catch {
      throw new InvalidArgumentError(`Write JSON, such as '["a", 1]'.`);
    }
  },
};
