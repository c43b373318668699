import { Argument, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseDuration } from "../config/duration.ts";

/** The options of every command. `-v` counts. */
export const verboseOption = () =>
  new Option("-v, --verbose", "say what is done (-vv: more)")
    .default(0 as number).argParser((_, earlier: number) => earlier + 1);

/** How to log in, for a login and for a profile. */
export const flowOption = () =>
  new Option("--flow <flow>", "how to log in").choices(
    ["auto", "device", "browser", "client-credentials"] as const,
  );

/** A duration such as 90s, 5m or 1h30m, in milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) {
    throw new InvalidArgumentError("Write a duration such as 90s, 5m or 1h30m.");
  }
  return ms;
}

/** Collects the values of an option that may be repeated. */
export const repeated = (value: string, earlier: string[] | undefined): string[] => [
  ...earlier ?? [],
  ...value.split(/[\s,]+/).filter(Boolean),
];

/** An account of a service in place of the profile in use. */
export const serviceArgument = () => new Argument("[service]", "its service, such as github");
export const accountArgument = () => new Argument("[account]", "its name at the service");
