import { VantageError } from "../../errors.ts";
import type {
  ExecutionResultLike,
  SubscribeParts,
  SubscribeRequest,
} from "./subscribe_connection.ts";
import { Inbox } from "./subscribe_inbox.ts";
import { LastingSubscription } from "./subscribe_lasting.ts";

/** So many times is a WebSocket tried that has never worked. */
const FIRST_TRIES = 5;

/**
 * Runs a subscription and gives its events in order, until the server has sent the last one.
 * Results with `errors` are events as others are. Lost connections are made again; what happens
 * meanwhile is missed. Ending the iteration early, or the signal, ends the subscription at the
 * server too and closes the connection before the generator returns.
 *
 * Throws `graphql_failed` where the server ends the subscription with an error, `token_refused`,
 * `api_refused`, `api_unavailable`, `api_answer`, `network`, `not_supported`, what the token
 * source throws, and the signal's reason.
 */
export async function* subscribe(
  parts: SubscribeParts,
  request: SubscribeRequest,
): AsyncGenerator<ExecutionResultLike, void, undefined> {
  parts.signal.throwIfAborted();
  const inbox = new Inbox(parts.url.origin);
  const leaving = new AbortController();
  const signal = AbortSignal.any([parts.signal, leaving.signal]);
  const running = run({ ...parts, signal }, request, inbox)
    .then(() => inbox.end(), (error) => inbox.fail(error));
  try {
    for (;;) {
      const result = await inbox.next();
      if (!result) return;
      yield result;
      parts.signal.throwIfAborted();
    }
  } catch (error) {
    if (parts.signal.aborted) throw parts.signal.reason;
    throw error;
  } finally {
    leaving.abort();
    await running;
  }
}

/** By the transport that was asked for, or that the server has. */
async function run(
  parts: SubscribeParts,
  request: SubscribeRequest,
  inbox: Inbox,
): Promise<void> {
  const { url, transport, detail } = parts;
  if (transport !== "sse") {
    const why = await overWebSocket(parts, request, inbox);
    if (!why) return;
    if (transport === "ws") throw why;
    detail(`${why.message}; taking the event stream`);
  }
  const { eventStream } = await import("./subscribe_sse.ts");
  const end = await new LastingSubscription({
    ...parts,
    connect: eventStream(parts, request),
    firstTries: 1, // `send` has patience of its own
    inbox,
    origin: url.origin,
  }).run();
  if (end.kind === "unsuitable") throw end.error;
}

/** Returns why there can be no WebSocket, where that is so. */
async function overWebSocket(
  parts: SubscribeParts,
  request: SubscribeRequest,
  inbox: Inbox,
): Promise<VantageError | undefined> {
  const { type } = await parts.token.token();
  if (type === "DPoP") {
    return new VantageError("not_supported", "Cannot use a DPoP token over a WebSocket", {
      hint: "Take the event stream with `--transport sse`",
    });
  }
  const { webSocketUrl, webSocketConnection } = await import("./subscribe_ws.ts");
  const url = webSocketUrl(parts);
  const end = await new LastingSubscription({
    ...parts,
    connect: webSocketConnection(url, parts, request),
    firstTries: FIRST_TRIES,
    inbox,
    origin: url.origin,
  }).run();
  return end.kind === "unsuitable" ? end.error : undefined;
}
