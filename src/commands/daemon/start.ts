import type { App } from "../../app.ts";
import { resolvePath } from "../../config/paths.ts";
import { isForDaemon } from "../../daemon/own_system.ts";
import { ERROR_CODES, type ErrorCode, isVantageError, VantageError } from "../../errors.ts";
import type { DetachedProgram } from "../../system.ts";
import { ProgramError } from "../../system.ts";
import { askDaemon } from "../running_daemon.ts";

/** It has so long to answer (milliseconds), on a machine that is busy. */
const ANSWER_WITHIN_MS = 20_000;
const ASK_AGAIN_MS = 25;

/** Variables that hold a path. */
const PATHS = ["VANTAGE_HOME", "VANTAGE_SOCKET", "VANTAGE_CA_FILE", "SSL_CERT_FILE"];

export interface DaemonStartResult {
  readonly socket: string;
  readonly pid: number;
  /** One was running. */
  readonly already: boolean;
}

/**
 * `vantage daemon start`: makes sure that a daemon runs in the background and answers. Throws the
 * error that kept it from starting, and `daemon_unusable` when it does not answer in time.
 */
export async function daemonStart(app: App): Promise<DaemonStartResult> {
  const { socket } = app.paths();
  const running = await askDaemon(app, "status", {});
  if (running) return { socket, pid: running.pid, already: true };
  const daemon = launch(app);
  const { pid } = await answering(app, daemon);
  return { socket, pid, already: pid !== daemon.pid };
}

function launch({ system, options: { home } }: App): DetachedProgram {
  // It goes to another working directory, to which paths that are relative do not apply.
  const absolute = (path: string) => resolvePath(system, path, system.cwd());
  const env = Object.fromEntries(
    Object.entries(system.environment())
      .filter(([name]) => isForDaemon(name))
      .map(([name, value]) => [name, PATHS.includes(name) && value ? absolute(value) : value]),
  );
  const place = home === undefined ? [] : ["--home", absolute(home)];
  try {
    return system.startDetached(system.executable, [...place, "--json", "daemon", "run"], env);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw new VantageError("command_refused", `Cannot start '${system.executable}'`, {
      cause: error,
      hint: "Run `vantage daemon run` to see why",
    });
  }
}

/** Waits for the answer of the daemon, or of one that was faster. */
async function answering(app: App, daemon: DetachedProgram) {
  const { clock } = app.system;
  let failure: VantageError | undefined;
  daemon.ended.then(({ status, stderr }) => failure = startError(status, stderr));
  using _waiting = app.person.waiting("Waiting for the daemon to answer");
  for (let waited = 0; waited < ANSWER_WITHIN_MS; waited += ASK_AGAIN_MS) {
    const status = await askDaemon(app, "status", {});
    if (status) return status;
    if (failure && !isVantageError(failure, "daemon_running")) throw failure;
    await clock.sleep(ASK_AGAIN_MS, app.interrupted);
  }
  throw failure ?? new VantageError("daemon_unusable", "The daemon started and does not answer", {
    hint: "Run `vantage daemon run -v` to see what it does",
  });
}

/** The error that the daemon ended with, as it told it. */
function startError(status: number, stderr: string): VantageError {
  for (const line of stderr.split("\n").reverse()) {
    const error = parsed(line)?.error;
    if (!error || !Object.hasOwn(ERROR_CODES, error.code)) continue;
    const { code, message, hint } = error;
    return new VantageError(code as ErrorCode, message, hint === null ? {} : { hint });
  }
  return new VantageError("internal", `The daemon ended with status ${status}`, {
    hint: "Run `vantage daemon run -v` to see why",
  });
}

function parsed(line: string): { error?: { code: string; message: string; hint: string | null } } {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
