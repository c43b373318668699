import type { App } from "../../app.ts";
import type { Result } from "../../daemon/methods.ts";
import { askDaemon } from "../running_daemon.ts";

export interface DaemonStatusResult {
  readonly socket: string;
  /** What the daemon says of itself; undefined where none runs. */
  readonly status: Result<"status"> | undefined;
}

/** `vantage daemon status`. Throws `daemon_answer` for one that hangs. */
export async function daemonStatus(app: App): Promise<DaemonStatusResult> {
  return { socket: app.paths().socket, status: await askDaemon(app, "status", {}) };
}
