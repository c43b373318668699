import type { App } from "../../app.ts";
import { VantageError } from "../../errors.ts";

/**
 * `vantage daemon run`: the daemon in this process, until it is stopped. Throws `daemon_running`,
 * `daemon_unusable`, and what reading the settings does.
 */
export async function daemonRun(app: App, version: string): Promise<void> {
  const { env, pid } = app.system;
  // sd_listen_fds(3). The runtime cannot listen on a socket that it has not made.
  if (env("LISTEN_PID") === String(pid)) {
    throw new VantageError("daemon_unusable", "Cannot listen on the socket that systemd passes", {
      hint: "Let systemd's proxy take it: `vantage daemon unit systemd-socket` and " +
        "`vantage daemon unit systemd-proxy` print the units",
    });
  }
  const { socket } = app.paths();
  await app.runDaemon(version, () => app.person.notice(`Listening at ${socket}`));
}
