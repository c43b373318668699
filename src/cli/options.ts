import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "../config/duration.ts";

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

/** Counts an option that may be repeated. */
export const counted = (_: string, earlier: number): number => earlier + 1;
