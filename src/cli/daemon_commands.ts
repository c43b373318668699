import { Argument } from "@commander-js/extra-typings";
import { EXIT } from "../errors.ts";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { VERSION } from "../version.ts";

/** `vantage daemon …` */
export function addDaemonCommands(program: Group, choose: Choose): void {
  const daemon = program.command("daemon")
    .description("serve fresh tokens over a socket, and keep them fresh ahead of need")
    .helpCommand(false);

  command(
    daemon,
    "run",
    "run the daemon here, until it is interrupted",
    "vantage daemon run -v",
  )
    .action(() =>
      choose(async () => {
        const { daemonRun } = await import("../commands/daemon/run.ts");
        const { daemonRunView: view } = await import("../render/daemon.ts");
        return { view, run: (app) => daemonRun(app, VERSION), endsByInterrupt: true };
      })
    );

  command(
    daemon,
    "start",
    "start the daemon in the background, and wait until it answers",
    "vantage daemon start",
  )
    .action(() =>
      choose(async () => {
        const { daemonStart: run } = await import("../commands/daemon/start.ts");
        const { daemonStartView: view } = await import("../render/daemon.ts");
        return { view, run };
      })
    );

  command(
    daemon,
    "stop",
    "stop the daemon, when what it has begun has come to its end",
    "vantage daemon stop",
  )
    .action(() =>
      choose(async () => {
        const { daemonStop: run } = await import("../commands/daemon/stop.ts");
        const { daemonStopView: view } = await import("../render/daemon.ts");
        return { view, run };
      })
    );

  command(
    daemon,
    "status",
    "tell whether the daemon runs, and how it is: exit 0 if it does, else 1",
    "vantage daemon status --json",
  )
    .action(() =>
      choose(async () => {
        const { daemonStatus: run } = await import("../commands/daemon/status.ts");
        const { daemonStatusView: view } = await import("../render/daemon.ts");
        const exitStatus = ({ status }: { status: unknown }) => status ? EXIT.done : EXIT.failure;
        return { view, run, exitStatus };
      })
    );

  command(
    daemon,
    "unit",
    "print the file that lets the system run the daemon",
    "vantage daemon unit systemd > ~/.config/systemd/user/vantage.service",
  )
    .addArgument(
      new Argument("[kind]", "which file: the one for this system unless told").choices(
        ["systemd", "systemd-socket", "systemd-proxy", "launchd"] as const,
      ),
    )
    .action((kind) =>
      choose(async () => {
        const { daemonUnit } = await import("../commands/daemon/unit.ts");
        const { daemonUnitView: view } = await import("../render/daemon.ts");
        return { view, run: (app) => Promise.resolve(daemonUnit(app, kind)) };
      })
    );
}
