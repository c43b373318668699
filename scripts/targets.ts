import { Failure } from "./script.ts";

/** The platforms that a release is built for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-pc-windows-msvc",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
] as const;

export type Target = typeof TARGETS[number];

export function isTarget(text: string): text is Target {
  return (TARGETS as readonly string[]).includes(text);
}

/** The target that is this machine. Throws {@link Failure} where there is none. */
export function hostTarget(): Target {
  if (isTarget(Deno.build.target)) return Deno.build.target;
  throw new Failure(`Cannot build for this machine: '${Deno.build.target}' is not a target`);
}

/** `name` as a program is called on `target`. */
export function programName(name: string, target: string): string {
  return target.includes("windows") ? `${name}.exe` : name;
}
