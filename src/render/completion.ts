import type { CompletionResult } from "../commands/completion.ts";
import { plainLine } from "./plain.ts";
import type { View } from "./view.ts";

/** A word that the word at the cursor may become. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Candidates {
  readonly words: readonly Candidate[];
  /** Any file or directory is meant; the shell knows how to complete those. */
  readonly paths: boolean;
}

/** `vantage completion`: the script, to be read by the shell. */
export const completionView: View<CompletionResult> = {
  text: ({ script }) => script,
  json: (result) => result,
};

/** For the scripts: a line a word, its description behind a tab; or `:paths`. */
export const candidatesView: View<Candidates> = {
  text: ({ words, paths }) =>
    paths
      ? ":paths"
      : words.map(({ value, description }) => `${plainLine(value)}\t${plainLine(description)}`)
        .join("\n"),
  json: (result) => result,
};
