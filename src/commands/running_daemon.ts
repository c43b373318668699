import type { App } from "../app.ts";
import { callDaemon, NoDaemon } from "../daemon/client.ts";
import { holderOf } from "../daemon/place.ts";
import type { MethodName, Params, Result } from "../daemon/methods.ts";
import { VantageError } from "../errors.ts";

/**
 * What the daemon answers; undefined where none runs. Throws `daemon_answer` for one that hangs,
 * and what it refuses.
 */
export async function askDaemon<M extends MethodName>(
  app: App,
  method: M,
  params: Params<M>,
): Promise<Result<M> | undefined> {
  const { system, interrupted } = app;
  const { socket } = app.paths();
  try {
    return await callDaemon({ system, socket, interrupted }, method, params);
  } catch (error) {
    if (!(error instanceof NoDaemon)) throw error;
    if (error.why !== "silent") return undefined;
    const pid = await holderOf(system, socket);
    throw new VantageError("daemon_answer", `The daemon at ${socket} does not answer`, {
      hint: `End it${pid === undefined ? "" : `: \`kill -9 ${pid}\` loses no session`}; ` +
        "--direct goes without it",
    });
  }
}
