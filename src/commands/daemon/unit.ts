import type { App } from "../../app.ts";
import { resolvePath } from "../../config/paths.ts";
import {
  launchdAgent,
  type Program,
  systemdProxy,
  systemdService,
  systemdSocket,
} from "../../daemon/units.ts";
import { VantageError } from "../../errors.ts";

export type UnitKind = "systemd" | "systemd-socket" | "systemd-proxy" | "launchd";

const UNITS: Record<UnitKind, (program: Program) => string> = {
  "systemd": systemdService,
  "systemd-socket": systemdSocket,
  "systemd-proxy": systemdProxy,
  "launchd": launchdAgent,
};

/** `vantage daemon unit`: a file for the system's service manager. Throws `usage` on Windows. */
export function daemonUnit({ system, options }: App, kind: UnitKind | undefined): string {
  const { platform, env, executable } = system;
  if (kind === undefined && platform === "windows") {
    throw new VantageError("usage", "Cannot print a unit: Windows has no user services", {
      hint: "Let the Task Scheduler run `vantage daemon start` when you log on",
    });
  }
  // A service manager knows little of what a shell's profile sets.
  const directories = ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
    .map((name) => [name, env(name)] as const);
  const absolute = (path: string | undefined) => path && resolvePath(system, path, system.cwd());
  const variables = {
    VANTAGE_HOME: absolute(options.home ?? env("VANTAGE_HOME")),
    VANTAGE_SOCKET: absolute(env("VANTAGE_SOCKET")),
    VANTAGE_CA_FILE: absolute(env("VANTAGE_CA_FILE")),
  };
  const given = [...directories, ...Object.entries(variables)].filter(([, value]) =>
    value !== undefined
  );
  const unit = UNITS[kind ?? (platform === "darwin" ? "launchd" : "systemd")];
  return unit({ executable, env: Object.fromEntries(given) as Record<string, string> });
}
