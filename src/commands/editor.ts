import type { System } from "../system.ts";

/**
 * The person's editor and the arguments that come with it: VISUAL, EDITOR, else what every
 * system has. Quotes group as in a shell, nothing else of a shell applies.
 */
export function editorCommand(
  system: Pick<System, "env" | "platform">,
): [program: string, ...args: string[]] {
  const command = system.env("VISUAL") ?? system.env("EDITOR") ?? "";
  const words = (command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [])
    .map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  const [program, ...args] = words;
  return program ? [program, ...args] : [system.platform === "windows" ? "notepad" : "vi"];
}
