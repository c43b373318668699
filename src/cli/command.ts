import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import type { App } from "../app.ts";
import type { VantageError } from "../errors.ts";
import type { StreamView, View } from "../render/view.ts";
import type { System } from "../system.ts";

/** What a command is once it is loaded: data first, then how it looks. */
export interface Loaded<T> {
  run(app: App): Promise<T>;
  readonly view: View<T> | StreamView<T>;
  /** The exit status of a result that is an answer and no success. */
  exitStatus?(result: T): number;
  /** The text is what it is: no newline is added. */
  readonly verbatim?: boolean;
  /** Run and show again after this many milliseconds, until interrupted. */
  readonly again?: number | undefined;
  /** Ctrl-C is how it is ended, so that it is no failure. */
  readonly endsByInterrupt?: boolean;
  /** The command speaks another tool's protocol: stdout is that tool's, also with `--json`. */
  readonly protocol?: Protocol;
}

/** What another tool asks of a command that it calls. */
export interface Protocol {
  /** Whether a person may be asked; throws `usage` where the tool says so in a wrong way. */
  mayAsk(system: System): boolean;
  /** What the tool finds on stdout when the command fails; nothing unless told. */
  failure?(error: VantageError): string;
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
