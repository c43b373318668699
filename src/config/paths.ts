import { posix, win32 } from "node:path";
import { VantageError } from "../errors.ts";
import type { System } from "../system.ts";

/**
 * Where our files are. Each is worked out when it is asked for and throws `home_unknown` when
 * nothing tells, so that a command which needs no file works without a home.
 */
export interface Paths {
  /** The settings file. */
  readonly config: string;
  /** The list of accounts. */
  readonly accounts: string;
  /** The directory of credentials and session state. */
  readonly tokens: string;
  /** The directory of what can be fetched again. */
  readonly cache: string;
  /** Where the daemon listens; needs no home, because temporary files have a place without one. */
  readonly socket: string;
}

type PathSystem = Pick<System, "env" | "cwd" | "platform">;

/**
 * Our files in one directory (`--home`, else `VANTAGE_HOME`), or at the places of the platform's
 * convention: XDG Base Directories, `~/Library` on macOS, `%APPDATA%` on Windows.
 */
export function resolvePaths(
  system: PathSystem & Pick<System, "uid">,
  homeFlag?: string,
): Paths {
  const { join, isAbsolute } = pathModule(system);
  const own = homeFlag || system.env("VANTAGE_HOME");
  const socket = system.env("VANTAGE_SOCKET");
  if (own !== undefined) {
    const home = resolvePath(system, own, system.cwd());
    return {
      config: join(home, "config.toml"),
      accounts: join(home, "accounts.toml"),
      tokens: join(home, "tokens"),
      cache: join(home, "cache"),
      socket: socket === undefined ? join(home, SOCKET) : resolvePath(system, socket, system.cwd()),
    };
  }
  /** A directory that a variable names. XDG demands that relative ones are ignored. */
  const named = (variable: string) => {
    const path = system.env(variable);
    return path !== undefined && isAbsolute(path) ? path : undefined;
  };
  const directory = (variable: string, ...fallback: string[]) =>
    join(named(variable) ?? join(requireHome(system), ...fallback), "vantage");
  const windows = system.platform === "windows";
  const mac = system.platform === "darwin";
  const support = ["Library", "Application Support"];
  const settings = () =>
    windows
      ? directory("APPDATA", "AppData", "Roaming")
      : directory("XDG_CONFIG_HOME", ...(mac ? support : [".config"]));
  return {
    get config() {
      return join(settings(), "config.toml");
    },
    get accounts() {
      return join(settings(), "accounts.toml");
    },
    get tokens() {
      // Local, not roaming: a credential must not travel to a company's profile server.
      const home = windows
        ? directory("LOCALAPPDATA", "AppData", "Local")
        : directory("XDG_STATE_HOME", ...(mac ? support : [".local", "state"]));
      return join(home, "tokens");
    },
    get cache() {
      if (windows) return join(directory("LOCALAPPDATA", "AppData", "Local"), "cache");
      return directory("XDG_CACHE_HOME", ...(mac ? ["Library", "Caches"] : [".cache"]));
    },
    get socket() {
      if (socket !== undefined) return resolvePath(system, socket, system.cwd());
      if (windows) return join(directory("LOCALAPPDATA", "AppData", "Local"), SOCKET);
      const runtime = named("XDG_RUNTIME_DIR");
      if (runtime !== undefined) return join(runtime, SOCKET);
      return join(named("TMPDIR") ?? "/tmp", `vantage-${system.uid}`, SOCKET);
    },
  };
}

const SOCKET = "vantage.sock";

/** A path as a person writes it: `~` is the home directory, and what is relative starts at `base`. */
export function resolvePath(system: PathSystem, path: string, base: string): string {
  const { resolve, join } = pathModule(system);
  if (/^~(?=$|[\\/])/.test(path)) return join(requireHome(system), path.slice(1));
  return resolve(base, path);
}

/** The rules for paths on the system's platform. */
export function pathModule(system: Pick<System, "platform">): typeof posix {
  return system.platform === "windows" ? win32 : posix;
}

function requireHome(system: PathSystem): string {
  const variable = system.platform === "windows" ? "USERPROFILE" : "HOME";
  const home = system.env(variable);
  if (home !== undefined && pathModule(system).isAbsolute(home)) return home;
  throw new VantageError(
    "home_unknown",
    `Cannot find your home directory: ${variable} is not set`,
    {
      hint: "Set VANTAGE_HOME to a directory where vantage may keep its files, or give --home DIR",
    },
  );
}
