import type { InjectResult } from "../commands/inject.ts";
import type { View } from "./view.ts";

/** `vantage inject`: the filled template, unless it went into a file. */
export const injectView: View<InjectResult> = {
  text: (result) => result.kind === "text" ? result.text : "",
  json: (result) => result.kind === "text" ? { text: result.text } : { output: result.path },
};
