import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import type { App } from "../app.ts";
import type { View } from "../render/view.ts";

/** What a command is once it is loaded: data first, then how it looks. */
export interface Loaded<T> {
  run(app: App): Promise<T>;
  readonly view: View<T>;
  /** The exit status of a result that is an answer and no success. */
  exitStatus?(result: T): number;
  /** Run and show again after this many milliseconds, until interrupted. */
  readonly again?: number | undefined;
}

/** Takes the command that the arguments name; it is loaded and run when parsing has ended. */
export type Choose = <T>(load: () => Promise<Loaded<T>>) => void;

/** What commands are added to: the program, or a group such as `profile`. */
export type Group = Pick<Command, "command">;

const examples = new WeakMap<object, string>();

/** Adds a command. Each has an example, which help and the documentation show. */
export function command(
  group: Group,
  name: string,
  description: string,
  example: string,
  { hidden = false }: { readonly hidden?: boolean } = {},
) {
  const added = group.command(name, { hidden }).description(description)
    .addHelpText("after", exampleText(example));
  examples.set(added, example);
  return added;
}

/** A command's example, undefined for the program and for groups. */
export const exampleOf = (command: CommandUnknownOpts): string | undefined => examples.get(command);

export const exampleText = (line: string): string => `\nExample:\n  $ ${line}`;
