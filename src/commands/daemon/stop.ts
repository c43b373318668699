import type { App } from "../../app.ts";
import { lockFile } from "../../files.ts";
import { askDaemon } from "../running_daemon.ts";

/** As long as a refresh that is under way may take (milliseconds), and some more. */
const END_WITHIN_MS = 90_000;

export interface DaemonStopResult {
  readonly wasRunning: boolean;
}

/** `vantage daemon stop`: returns when it has ended. Throws `daemon_answer`, `lock_timeout`. */
export async function daemonStop(app: App): Promise<DaemonStopResult> {
  const answer = await askDaemon(app, "stop", {});
  if (!answer) return { wasRunning: false };
  const { files, clock } = app.system;
  using _waiting = app.person.waiting("Waiting for the daemon to end");
  // It holds this lock as long as it lives.
  await using _lock = await lockFile(files, clock, `${app.paths().socket}.lock`, {
    timeoutMs: END_WITHIN_MS,
    signal: app.interrupted,
  });
  return { wasRunning: true };
}
