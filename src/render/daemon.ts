import type { DaemonStartResult } from "../commands/daemon/start.ts";
import type { DaemonStatusResult } from "../commands/daemon/status.ts";
import type { DaemonStopResult } from "../commands/daemon/stop.ts";
import { shortName } from "./account_name.ts";
import { fields } from "./fields.ts";
import { plainLine } from "./plain.ts";
import { relative } from "./time.ts";
import type { View } from "./view.ts";

/** It has told what there was to tell while it ran. */
export const daemonRunView: View<void> = { text: () => "", json: () => undefined };

export const daemonStartView: View<DaemonStartResult> = {
  text: ({ socket, pid, already }) =>
    `The daemon ${already ? "runs already" : "runs"} (process ${pid}), and listens at ${socket}`,
  json: ({ socket, pid, already }) => ({ socket, pid, already }),
};

export const daemonStopView: View<DaemonStopResult> = {
  text: ({ wasRunning }) => wasRunning ? "Stopped the daemon" : "No daemon runs",
  json: ({ wasRunning }) => ({ was_running: wasRunning }),
};

export const daemonStatusView: View<DaemonStatusResult> = {
  text({ socket, status }, context) {
    if (!status) return `No daemon runs. It would listen at ${socket}`;
    const when = (instant: string | null) =>
      instant === null ? undefined : relative(Date.parse(instant), context.now);
    const facts = fields({
      process: String(status.pid),
      version: status.version,
      started: when(status.started_at),
      socket,
      settings: status.config,
      tokens: status.tokens,
      accounts: `${status.account_count} kept fresh`,
      "next refresh": when(status.next_refresh_at),
      clients: String(status.connections),
    }, context);
    const failing = status.failing.map(({ service, account, message, retry_at }) =>
      `${context.style.yellow("failing")}  ${shortName({ service, account })}: ` +
      `${plainLine(message)} (again ${when(retry_at) ?? "later"})`
    );
    return [facts, ...failing].join("\n");
  },
  json: ({ socket, status }) => ({ running: status !== undefined, socket, ...status }),
};

export const daemonUnitView: View<string> = {
  text: (unit) => unit,
  json: (unit) => ({ unit }),
};
