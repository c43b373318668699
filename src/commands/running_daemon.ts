import type { App } from "../app.ts";
import { callDaemon, NoDaemon } from "../daemon/client.ts";
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
    throw new VantageError("daemon_answer", `The daemon at ${socket} does not answer`, {
      hint: `Find it with \`fuser ${socket}\` and end it; --direct goes without it`,
    });
  }
}
