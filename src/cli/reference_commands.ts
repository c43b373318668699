import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";

/** The commands that put secrets where others need them. */
export function addReferenceCommands(program: Group, choose: Choose): void {
  command(
    program,
    "resolve",
    "print the values of references",
    "vantage resolve auth://github/work/token",
  )
    .argument("<reference...>", "auth://SERVICE/ACCOUNT/CREDENTIAL, or ref+BACKEND://… for vals")
    .action((references) =>
      choose(async () => {
        const { resolve } = await import("../commands/resolve.ts");
        const { resolveView: view } = await import("../render/resolve.ts");
        return { view, run: (app) => resolve(app, references) };
      })
    );

  command(
    program,
    "exec",
    "run a program with the references in its environment replaced by their values",
    "vantage exec --env-file .env -- npm start",
  )
    .argument("<command...>", "the program and its arguments, behind --")
    .option("--env-file <file>", "also take variables from this file (repeatable)", collected)
    .option("--mask", "conceal the values in what the program prints")
    .action((words, options) =>
      choose(async () => {
        const { exec } = await import("../commands/exec.ts");
        const { execView: view } = await import("../render/exec.ts");
        return { view, run: (app) => exec(app, words, options), exitStatus: (r) => r.status };
      })
    );

  command(
    program,
    "inject",
    "fill the references {{ auth://… }} of a template",
    "vantage inject -i config.tpl -o config.yaml",
  )
    .option("-i, --input <file>", "the template (default: stdin)")
    .option("-o, --output <file>", "where it goes, readable by you alone (default: stdout)")
    .action((options) =>
      choose(async () => {
        const { inject } = await import("../commands/inject.ts");
        const { injectView: view } = await import("../render/inject.ts");
        return { view, run: (app) => inject(app, options), verbatim: true };
      })
    );
}

const collected = (path: string, earlier: string[] | undefined) => [...earlier ?? [], path];
