import { join } from "node:path";
import { BUS, BusConnection } from "../../src/store/keyring/dbus/connection.ts";
import type { Value } from "../../src/store/keyring/dbus/value.ts";
import { denoSockets } from "../../src/system/deno_sockets.ts";
import { eventually } from "../tokens/eventually.ts";

const NEEDED = ["dbus-daemon", "gnome-keyring-daemon"];

/** Whether a real keyring can be started here. Who skips a test for it says so with {@link KEYRING_SKIPPED}. */
export const hasKeyring = Deno.build.os === "linux" && NEEDED.every(isInstalled);

export const KEYRING_SKIPPED = "skipped: gnome-keyring is not installed";

/** A message bus of its own, with nothing on it. */
export interface Bus extends AsyncDisposable {
  /** The whole environment that a program needs to find it; its directories are throw-away. */
  readonly env: Record<string, string>;
  readonly socket: string;
}

/** A real gnome-keyring on a {@link Bus}, unlocked and empty. */
export interface RunningKeyring extends Bus {
  lock(): Promise<void>;
  /** Stops it answering; it stays on the bus. */
  hang(): void;
  /** Lets it answer again. */
  recover(): void;
  /** Kills it and starts another one with the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a message bus, which starts nothing by itself; with `activates`, gnome-keyring when it is
 * spoken to, as on a machine where it is installed and nobody has used it.
 */
export async function startBus({ activates = false } = {}): Promise<Bus> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-bus-" });
  const socket = join(dir, "bus");
  await Deno.writeTextFile(join(dir, "bus.conf"), configuration(dir));
  if (activates) await Deno.writeTextFile(join(dir, "secrets.service"), SERVICE);
  const daemon = new Deno.Command("dbus-daemon", {
    args: [`--config-file=${dir}/bus.conf`, "--nofork", "--print-address=1"],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...homeIn(dir) },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = daemon.stdout.getReader();
  const stop = async () => {
    daemon.kill("SIGKILL");
    await daemon.status;
    await output.cancel();
    await Deno.remove(dir, { recursive: true });
  };
  const printed = await output.read(); // once it listens
  if (printed.done) {
    await stop();
    throw new Error("dbus-daemon ended");
  }
  return {
    env: { ...homeIn(dir), DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` },
    socket,
    [Symbol.asyncDispose]: stop,
  };
}

/** Starts a keyring. */
export async function startKeyring(): Promise<RunningKeyring> {
  const bus = await startBus();
  let daemon = await startDaemon(bus);
  const kill = async () => {
    daemon.kill("SIGKILL");
    await daemon.status;
  };
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await kill();
    await bus[Symbol.asyncDispose]();
  };
  return {
    ...bus,
    lock: () => lock(bus.socket),
    hang: () => daemon.kill("SIGSTOP"),
    recover: () => daemon.kill("SIGCONT"),
    async restart() {
      await kill();
      await eventually(async () => !await isThere(bus.socket));
      daemon = await startDaemon(bus);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Resolves once it is on the bus. */
async function startDaemon(bus: Bus): Promise<Deno.ChildProcess> {
  const daemon = new Deno.Command("gnome-keyring-daemon", {
    args: ["--foreground", "--unlock", "--components=secrets"],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...bus.env },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const password = daemon.stdin.getWriter();
  await password.write(new TextEncoder().encode("correct horse"));
  await password.close();
  await eventually(() => isThere(bus.socket));
  return daemon;
}

/** Calls a method of the Secret Service as another program does. */
export async function callService(
  socket: string,
  { path = "/org/freedesktop/secrets", member, signature, args, expected }: {
    path?: string;
    member: string;
    signature: string;
    args: Value[];
    expected: string;
  },
): Promise<Value[]> {
  using bus = await BusConnection.open(await denoSockets.connect(socket), Deno.uid());
  const service = { destination: "org.freedesktop.secrets", path };
  const call = { ...service, interface: "org.freedesktop.Secret.Service", member, signature, args };
  return await bus.call(call, expected);
}

async function isThere(socket: string): Promise<boolean> {
  using bus = await BusConnection.open(await denoSockets.connect(socket), Deno.uid());
  const args = ["org.freedesktop.secrets"];
  const [owned] = await bus.call({ ...BUS, member: "NameHasOwner", signature: "s", args }, "b");
  return owned === true;
}

async function lock(socket: string): Promise<void> {
  const args = [["/org/freedesktop/secrets/collection/login"]];
  await callService(socket, { member: "Lock", signature: "ao", args, expected: "aoo" });
}

/** The usual rules of a session's bus, with its own directory in the place of the machine's. */
const configuration = (dir: string) =>
  `<busconfig>
  <type>session</type>
  <listen>unix:path=${dir}/bus</listen>
  <servicedir>${dir}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

const SERVICE = `[D-BUS Service]
Name=org.freedesktop.secrets
Exec=/usr/bin/gnome-keyring-daemon --start --foreground --components=secrets
`;

/** Directories of its own for a program, so that it finds nothing of this machine's user. */
function homeIn(dir: string): Record<string, string> {
  return { HOME: dir, XDG_RUNTIME_DIR: dir, XDG_DATA_HOME: join(dir, "data"), XDG_DATA_DIRS: dir };
}

function isInstalled(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => {
    try {
      return Deno.statSync(join(folder, program)).isFile;
    } catch {
      return false;
    }
  });
}
