import * as v from "valibot";
import { VantageError } from "../errors.ts";
import type { Connection } from "../system.ts";
import { FileError } from "../system.ts";
import { Lines, LineTooLong } from "./lines.ts";
import type { MethodName, Params, Result } from "./methods.ts";
import { METHODS } from "./methods.ts";
import { connectTo } from "./place.ts";
import { type RpcError, vantageError } from "./protocol.ts";

/** An answer that is longer (bytes) is none of a daemon's. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** After so long without an answer (ms) the daemon is asked whether it lives, */
const ASK_AFTER_MS = 2_000;
/** and has so long to say so (ms). */
const ALIVE_WITHIN_MS = 3_000;

export type ClientSystem = Parameters<typeof connectTo>[0];

interface CallOptions {
  readonly system: ClientSystem;
  readonly socket: string;
  readonly interrupted: AbortSignal;
}

/**
 * Nobody answers: no daemon listens, it left before it had answered, or it does not move. What it
 * was asked for can be done without it.
 */
export class NoDaemon extends Error {
  override readonly name = "NoDaemon";
  constructor(readonly why: "missing" | "gone" | "silent") {
    super(`The daemon is ${why}`);
  }
}

const Reply = v.object({
  id: v.nullable(v.union([v.string(), v.number()])),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({
    code: v.number(),
    message: v.string(),
    data: v.optional(v.object({ code: v.string(), hint: v.optional(v.string()) })),
  })),
});
type Reply = v.InferOutput<typeof Reply>;

const CALL = 1;
const ALIVE = 2;

/**
 * Calls a method of the daemon, over a connection of its own. Throws {@link NoDaemon}, the error
 * that the daemon tells, `daemon_answer` for an answer that makes no sense, and the reason of
 * `interrupted`. There is no limit to how long it takes, as long as the daemon shows that it lives.
 */
export async function callDaemon<M extends MethodName>(
  { system, socket, interrupted }: CallOptions,
  method: M,
  params: Params<M>,
): Promise<Result<M>> {
  interrupted.throwIfAborted();
  using connection = await connectTo(system, socket);
  if (!connection) throw new NoDaemon("missing");
  const close = () => connection.close();
  interrupted.addEventListener("abort", close, { once: true });
  try {
    await send(connection, CALL, method, params);
    const reply = await replyTo(connection, system, CALL);
    // It is about to stop, and has not done what it was asked for.
    if (reply.error?.data?.code === "interrupted") throw new NoDaemon("gone");
    if (reply.error) throw vantageError(reply.error as RpcError);
    const result = v.safeParse(METHODS[method].result, reply.result);
    if (!result.success) throw senseless();
    return result.output as Result<M>;
  } catch (error) {
    interrupted.throwIfAborted();
    if (error instanceof FileError) throw new NoDaemon("gone");
    if (error instanceof LineTooLong) throw senseless();
    throw error;
  } finally {
    interrupted.removeEventListener("abort", close);
  }
}

function send(connection: Connection, id: number, method: string, params: object): Promise<void> {
  const request = { jsonrpc: "2.0", id, method, params };
  return connection.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
}

/** Reads until the reply to `id` is there. */
async function replyTo(connection: Connection, system: ClientSystem, id: number): Promise<Reply> {
  const lines = new Lines(MAX_ANSWER_BYTES);
  const alive = watchLife(connection, system);
  using _watch = alive;
  for (;;) {
    const chunk = await Promise.race([connection.read(), alive.silent]);
    if (!chunk) throw new NoDaemon("gone");
    for (const line of lines.push(chunk)) {
      const reply = parseReply(line);
      alive.heard();
      if (reply?.id === id) return reply;
      // To no request of ours in particular: the daemon did not understand any.
      if (reply?.id === null && reply.error) throw vantageError(reply.error as RpcError);
    }
  }
}

/** A message of the daemon; undefined for a notification. */
function parseReply(line: Uint8Array): Reply | undefined {
  let message: unknown;
  try {
    message = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    throw senseless();
  }
  const parsed = v.safeParse(Reply, message);
  if (parsed.success) return parsed.output;
  if (typeof message === "object" && message !== null && "method" in message) return undefined;
  throw senseless();
}

/** Asks for a sign of life when the daemon has been silent for long; rejects when there is none. */
function watchLife(connection: Connection, { clock }: ClientSystem) {
  const over = new AbortController();
  let heard = 0;
  const silent = (async (): Promise<never> => {
    for (;;) {
      await clock.sleep(ASK_AFTER_MS, over.signal);
      const before = heard;
      await send(connection, ALIVE, "status", {});
      await clock.sleep(ALIVE_WITHIN_MS, over.signal);
      if (heard === before) throw new NoDaemon("silent");
    }
  })();
  silent.catch(() => {}); // whoever reads hears of it
  return {
    silent,
    heard: () => void heard++,
    [Symbol.dispose]: () => over.abort(),
  };
}

const senseless = () =>
  new VantageError("daemon_answer", "Cannot make sense of the daemon's answer", {
    hint:
      "Is something else listening there? Restart it with `vantage daemon stop`, or give --direct",
  });
