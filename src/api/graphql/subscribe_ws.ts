import { VantageError } from "../../errors.ts";
import { isLoopback } from "../../loopback.ts";
import type {
  Attempt,
  Connect,
  Ending,
  SubscribeParts,
  SubscribeRequest,
} from "./subscribe_connection.ts";
import { failed, garbled, LARGEST_EVENT, tooLarge } from "./subscribe_problem.ts";
import { endingOfClose, endingOfHandshake } from "./subscribe_ws_ending.ts";

const PROTOCOL = "graphql-transport-ws";

/** From the first packet to `connection_ack`. */
const CONNECTED_WITHIN_MS = 30_000;
/** Where nothing was heard for so long, the server is asked for a sign of life… */
const PING_AFTER_MS = 12_000;
/** …which it has to give within this. */
const PONG_WITHIN_MS = 12_000;
/** A server has so long to agree to the end of a connection; then it is left behind. */
const CLOSED_WITHIN_MS = 1_000;

type SocketParts = Pick<SubscribeParts, "url" | "webSocketUrl" | "webSocket" | "clock">;

/** Where the WebSocket is. Throws `config_invalid` where tokens would go unencrypted. */
export function webSocketUrl({ url, webSocketUrl }: SocketParts): URL {
  const found = new URL(webSocketUrl ?? url);
  found.protocol = found.protocol === "http:" || found.protocol === "ws:" ? "ws:" : "wss:";
  found.hash = "";
  if (found.protocol === "wss:" || isLoopback(found.hostname)) return found;
  throw new VantageError(
    "config_invalid",
    `Cannot send a token to '${found.origin}': not encrypted`,
    {
      hint: "Use https or wss; http and ws are for loopback addresses only",
    },
  );
}

/**
 * Makes connections of the GraphQL over WebSocket protocol (subprotocol `graphql-transport-ws`).
 *
 * The token goes into the handshake's `Authorization` header, for gateways and servers that judge
 * the request, and into the payload of `connection_init`, for servers made for browsers, whose
 * WebSockets cannot send headers.
 */
export function webSocketConnection(
  url: URL,
  parts: SocketParts,
  request: SubscribeRequest,
): Connect {
  return async (attempt) => {
    const library = await import("graphql-ws/client");
    attempt.signal.throwIfAborted();
    return await new SocketAttempt(library, url, parts, attempt).run(request);
  };
}

type Library = typeof import("graphql-ws/client");

/** One WebSocket and the one subscription on it. */
class SocketAttempt {
  readonly #library: Library;
  readonly #url: URL;
  readonly #parts: SocketParts;
  readonly #attempt: Attempt;
  readonly #authorization: string;
  readonly #socket: WebSocket;
  readonly #ended = Promise.withResolvers<Ending>();
  readonly #closed = Promise.withResolvers<void>();
  /** Ends what waits beside the connection. */
  readonly #over = new AbortController();
  #isOpen = false;
  #isConnected = false;
  #wasHeard = false;
  /** Of the message at hand. */
  #size = 0;

  constructor(library: Library, url: URL, parts: SocketParts, attempt: Attempt) {
    this.#library = library;
    this.#url = url;
    this.#parts = parts;
    this.#attempt = attempt;
    this.#authorization = `Bearer ${attempt.token.value.expose()}`;
    this.#socket = parts.webSocket(url.href, {
      protocols: [PROTOCOL],
      headers: { authorization: this.#authorization },
    });
    this.#listen();
  }

  async run(request: SubscribeRequest): Promise<Ending> {
    const unsubscribe = this.#subscribe(request);
    const stop = () => this.#ended.resolve({ kind: "stopped" });
    this.#attempt.signal.addEventListener("abort", stop, { once: true });
    this.#limitHandshake();
    try {
      return await this.#ended.promise;
    } finally {
      this.#attempt.signal.removeEventListener("abort", stop);
      this.#over.abort();
      unsubscribe(); // says `complete`, where that has not been said
      this.#socket.close(1000);
      await this.#waitForClose();
    }
  }

  /** Hears everything before the library does, which listens from {@link #subscribe} on. */
  #listen(): void {
    const origin = this.#url.origin;
    let problem = "";
    this.#socket.addEventListener("open", (event) => {
      this.#isOpen = true;
      if (this.#socket.protocol === PROTOCOL) return;
      event.stopImmediatePropagation(); // or it is sent the token
      const error = new VantageError(
        "api_answer",
        `${origin} does not speak the WebSocket protocol ${PROTOCOL}`,
        { hint: "Take the event stream with `--transport sse`" },
      );
      this.#ended.resolve({ kind: "unsuitable", error });
    });
    this.#socket.addEventListener("message", (event) => {
      this.#wasHeard = true;
      this.#size = typeof event.data === "string" ? event.data.length : event.data.size;
      if (this.#size <= LARGEST_EVENT) return; // Deno itself hangs up above 64 MiB
      event.stopImmediatePropagation();
      this.#ended.reject(tooLarge(origin));
    });
    this.#socket.addEventListener("error", (event) => {
      problem = (event as ErrorEvent).message ?? "";
    });
    this.#socket.addEventListener("close", ({ code, reason }) => {
      this.#closed.resolve();
      try {
        this.#ended.resolve(
          this.#isOpen
            ? endingOfClose({ code, reason, problem, isConnected: this.#isConnected }, origin)
            : endingOfHandshake(problem, origin),
        );
      } catch (error) {
        this.#ended.reject(error);
      }
    });
  }

  #subscribe(request: SubscribeRequest): () => void {
    const { createClient, MessageType } = this.#library;
    const id = crypto.randomUUID();
    const client = createClient({
      url: this.#url.href,
      webSocketImpl: thisOnly(this.#socket),
      connectionParams: { Authorization: this.#authorization },
      generateID: () => id,
      // One client is one connection. Whether there is another is not for the library to say.
      retryAttempts: 0,
      on: {
        connected: () => this.#connected(),
        message: (message) => {
          const isOurs = this.#isConnected && message.type === MessageType.Complete;
          if (isOurs && message.id === id) this.#ended.resolve({ kind: "complete" });
        },
        // Its own of a message that is none; that of the socket is no Error.
        error: (error) => {
          if (error instanceof Error) this.#garbled(error);
        },
      },
    });
    const { query, variables, operationName } = request;
    return client.subscribe({ query, variables, operationName }, {
      next: (result) => this.#next(result),
      error: (errors) => {
        if (Array.isArray(errors)) this.#ended.reject(failed(this.#url.origin, errors));
      },
      complete: () => {}, // known already
    });
  }

  #connected(): void {
    this.#isConnected = true;
    this.#attempt.connected();
    this.#askForLife().catch(() => {}); // it is over
  }

  #next(result: Parameters<Attempt["deliver"]>[0]): void {
    if (this.#over.signal.aborted) return;
    try {
      this.#attempt.deliver(result, this.#size);
    } catch (error) {
      this.#ended.reject(error);
    }
  }

  #garbled(error: Error): void {
    const problem = garbled(this.#url.origin, error);
    if (this.#isConnected) this.#ended.reject(problem);
    else this.#ended.resolve({ kind: "unsuitable", error: problem });
  }

  #limitHandshake(): void {
    const tooLate = () => {
      if (this.#isConnected) return;
      const error = new VantageError(
        "network",
        `No connection to ${this.#url.origin} within ${CONNECTED_WITHIN_MS / 1000} s`,
        { hint: "Check the network, or take the event stream with `--transport sse`" },
      );
      // What opens and says no more may be made for another protocol.
      this.#ended.resolve({ kind: this.#isOpen ? "unsuitable" : "lost", error });
    };
    this.#parts.clock.sleep(CONNECTED_WITHIN_MS, this.#over.signal).then(tooLate, () => {});
  }

  /** A connection may be dead without anybody having said so. Throws when it is over. */
  async #askForLife(): Promise<void> {
    const { clock } = this.#parts;
    const { MessageType, stringifyMessage } = this.#library;
    for (;;) {
      this.#wasHeard = false;
      await clock.sleep(PING_AFTER_MS, this.#over.signal);
      if (this.#wasHeard) continue;
      this.#socket.send(stringifyMessage({ type: MessageType.Ping }));
      await clock.sleep(PONG_WITHIN_MS, this.#over.signal);
      if (this.#wasHeard) continue;
      const error = new VantageError("network", `${this.#url.origin} has fallen silent`, {
        hint: "Check the network, then run the command again",
      });
      return this.#ended.resolve({ kind: "lost", error });
    }
  }

  /** Deno waits for a server's consent for ever, and there is no way to take it by force. */
  async #waitForClose(): Promise<void> {
    const done = new AbortController();
    const limit = this.#parts.clock.sleep(CLOSED_WITHIN_MS, done.signal).catch(() => {});
    await Promise.race([this.#closed.promise, limit]);
    done.abort();
  }
}

/**
 * A WebSocket class whose one instance is there already. The library, which connects again by
 * itself after the code 1000, gets the same dead one.
 */
function thisOnly(socket: WebSocket): typeof WebSocket {
  const { CONNECTING, OPEN, CLOSING, CLOSED } = WebSocket;
  function Only(): WebSocket {
    return socket;
  }
  return Object.assign(Only, { CONNECTING, OPEN, CLOSING, CLOSED }) as unknown as typeof WebSocket;
}
