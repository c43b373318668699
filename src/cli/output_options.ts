import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CallOptions } from "../commands/api.ts";
import type { OutputOptions } from "../commands/api_output.ts";
import { duration } from "./options.ts";

type Flags = CallOptions & OutputOptions;

/**
 * Adds what every command that calls an API takes beside its own options, and returns what
 * reads it once the command line has been parsed.
 */
export function addOutputOptions(command: CommandUnknownOpts): () => Flags {
  command
    .option(
      "--columns <columns>",
      "print these members of each row as a table: a,b.c,d:TITLE",
      listed,
    )
    .option("--rows <path>", "where in the answer the rows are, such as data.clusters.nodes")
    .option("--sort <column>", "sort the rows by this member, downwards with - before it")
    .option("--csv", "print the rows as CSV")
    .option("--yaml", "print YAML")
    .option("--jq <expression>", "print what this jq expression makes of the answer")
    .option("--account <account>", "SERVICE/ACCOUNT in place of the profile in use")
    .option("--timeout <duration>", "give up after this long without a byte (60s)", duration);
  return () => {
    const { timeout: timeoutMs, ...flags } = command.opts() as Flags & { timeout?: number };
    return { ...flags, timeoutMs };
  };
}

/** The values of an option that takes several, repeated or with commas. */
const listed = (value: string, earlier: string[] | undefined): string[] => [
  ...earlier ?? [],
  ...value.split(",").filter(Boolean),
];

/** The values of an option that is repeated for another one. */
export const again = (value: string, earlier: string[] | undefined): string[] => [
  ...earlier ?? [],
  value,
];
