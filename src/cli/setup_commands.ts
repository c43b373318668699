import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";

/** The commands that make vantage work on a machine. */
export function addSetupCommands(program: Group & CommandUnknownOpts, choose: Choose): void {
  command(program, "doctor", "find out what is wrong and how to mend it", "vantage doctor -p prod")
    .action(() =>
      choose(async () => {
        const { doctor: run } = await import("../commands/doctor.ts");
        const { doctorView: view } = await import("../render/doctor.ts");
        return { view, run, exitStatus: (result) => result.healthy ? 0 : 1 };
      })
    );

  command(
    program,
    "completion",
    "print a script that teaches your shell to complete vantage commands",
    "source <(vantage completion bash)",
  )
    .addArgument(
      new Argument("<shell>", "which shell").choices(
        ["bash", "zsh", "fish", "powershell"] as const,
      ),
    )
    .action((shell) =>
      choose(async () => {
        const { completion } = await import("../commands/completion.ts");
        const { completionView: view } = await import("../render/completion.ts");
        return { view, run: () => Promise.resolve(completion(shell)) };
      })
    );

  // What the scripts call at every Tab.
  program.command("complete", { hidden: true })
    .argument("[words...]")
    .action((words) =>
      choose(async () => {
        const { complete } = await import("./complete.ts");
        const { candidatesView: view } = await import("../render/completion.ts");
        return { view, run: (app) => complete(program, words, app) };
      })
    );
}
