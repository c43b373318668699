import type { System } from "../system.ts";

/** Programs that other tools look for by name, and what they are of us. */
const HELPERS = [
  [/^docker-credential-/, "docker"],
  [/^git-credential-/, "git"],
] as const;

/**
 * The system with the arguments that the program's name stands for: Docker calls
 * `docker-credential-vantage get`, a link to us, and means `vantage credential-helper docker get`.
 */
export function asCalled(system: System): System {
  const name = system.calledAs.split(/[\\/]/).at(-1) ?? "";
  const helper = HELPERS.find(([pattern]) => pattern.test(name))?.[1];
  if (helper === undefined) return system;
  return { ...system, args: ["credential-helper", helper, ...system.args] };
}
