/**
 * Writes the pages of docs/ that follow from the code: commands.md from the command tree and
 * errors.md from the table of error codes. `--check` only tells whether they are up to date.
 */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { join } from "node:path";
import { exampleOf } from "../src/cli/command.ts";
import { commandTree } from "../src/cli/tree.ts";
import { pathOf } from "../src/cli/usage_error.ts";
import { ERROR_CODES, EXIT } from "../src/errors.ts";
import { ROOT } from "./program.ts";
import { Failure, runScript, say } from "./script.ts";

const GENERATED = "<!-- Written by scripts/docs.ts: change the code, not this page. -->";

/** The generated pages, by their path from the root. */
export function pages(): Map<string, string> {
  return new Map([["docs/commands.md", commandsPage()], ["docs/errors.md", errorsPage()]]);
}

function commandsPage(): string {
  const program = commandTree(() => {}, {});
  const sections = leaves(program).map(commandSection);
  return [
    GENERATED,
    "# Commands",
    program.description(),
    list(
      leaves(program).map((command) =>
        `[\`${pathOf(command)}\`](#${
          pathOf(command).replaceAll(" ", "-")
        }): ${command.description()}`
      ),
    ),
    "## Global options",
    "Every command takes these, before or behind its name.",
    list(optionsOf(program)),
    "A flag goes before an environment variable (`VANTAGE_PROFILE`, `VANTAGE_HOME`, " +
    "`VANTAGE_NO_INPUT`, `NO_COLOR`), which goes before the settings file.",
    ...sections.flat(),
  ].join("\n\n") + "\n";
}

function commandSection(command: CommandUnknownOpts): string[] {
  const help = command.createHelp();
  const items = [
    ...help.visibleArguments(command).map((argument) =>
      item(argument.name(), help.argumentDescription(argument))
    ),
    ...optionsOf(command),
  ];
  return [
    `## ${pathOf(command)}`,
    sentence(command.description()),
    fenced("text", help.commandUsage(command).trim()),
    ...items.length > 0 ? [list(items)] : [],
    fenced("sh", exampleOf(command) ?? ""),
  ];
}

/** The commands that do something, in the order of the help. */
function leaves(command: CommandUnknownOpts): CommandUnknownOpts[] {
  const children = command.createHelp().visibleCommands(command)
    .filter((child) => child.name() !== "help");
  return children.length > 0 ? children.flatMap(leaves) : [command];
}

function optionsOf(command: CommandUnknownOpts): string[] {
  const help = command.createHelp();
  const isOwn = (option: Option) => command.parent === null || option.long !== "--help";
  return help.visibleOptions(command).filter(isOwn)
    .map((option) => item(option.flags, help.optionDescription(option)));
}

const item = (name: string, description: string) => `\`${name}\`: ${description}`;
const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");
const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + ".";

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: "Done",
  failure: "Failure",
  usage: "Wrong usage",
  config: "Bad configuration",
  login: "Not logged in, or login refused",
  unreachable: "Provider or network unreachable",
  store: "Store unusable",
  notExecutable: "The program cannot be executed",
  notFound: "The program cannot be found",
  interrupted: "Interrupted by Ctrl-C or SIGTERM",
};

function errorsPage(): string {
  const statuses = Object.entries(EXIT) as [keyof typeof EXIT, number][];
  return [
    GENERATED,
    "# Errors",
    "An error is told on stderr: what happened, what lies behind it, and what to do next.",
    fenced("text", "error: Not logged in to 'vantage/prod'\nhint: Run `vantage login -p prod`"),
    "With `--json` it is one JSON document on stderr:",
    fenced(
      "json",
      '{ "error": { "code": "not_logged_in", "message": "Not logged in to …", "hint": "Run …" } }',
    ),
    "Messages and hints may change; codes and exit statuses do not.",
    "## Exit status",
    table([
      ["Status", "Meaning"],
      ...statuses.map(([name, status]) => [String(status), EXIT_MEANINGS[name]]),
    ]),
    "## Codes",
    table([
      ["Code", "Status", "Meaning"],
      ...Object.entries(ERROR_CODES).map(([code, [status, meaning]]) => [
        `\`${code}\``,
        String(status),
        meaning,
      ]),
    ]),
  ].join("\n\n") + "\n";
}

/** A table as `deno fmt` writes it. The first row is its head. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = "", ...body] = rows.map(line);
  return [head, line(widths.map((width) => "-".repeat(width))), ...body].join("\n");
}

async function main(): Promise<void> {
  const check = Deno.args.includes("--check");
  for (const [path, text] of pages()) {
    const file = join(ROOT, path);
    if (check && await Deno.readTextFile(file).catch(() => "") !== text) {
      throw new Failure(`${path} is out of date: run \`deno run -A scripts/docs.ts\``);
    }
    if (!check) await Deno.writeTextFile(file, text);
    say(`${path} is up to date`);
  }
}

if (import.meta.main) await runScript("docs", main);
