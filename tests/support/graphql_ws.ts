import { makeServer } from "graphql-ws";
import type { CheckToken } from "./api_access.ts";
import { tokenOf } from "./api_access.ts";
import type { ApiState } from "./api_state.ts";
import { createApiSchema } from "./graphql.ts";
import type { TokenFacts } from "./oidc.ts";

const PROTOCOL = "graphql-transport-ws";

/** What a close frame says. */
export interface SocketClosing {
  readonly code: number;
  readonly reason: string;
}

/** One WebSocket that was opened, and what the server saw of it. */
export class TakenSocket {
  /** The token of the handshake's header, and that of `connection_init`. */
  readonly tokens: { handshake: string | undefined; init: string | undefined };
  /** The types of the messages that it sent, in order. */
  readonly received: string[] = [];
  readonly closed: Promise<SocketClosing>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, token: string | undefined) {
    this.#socket = socket;
    this.tokens = { handshake: token, init: undefined };
    this.closed = new Promise((resolve) =>
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }))
    );
  }

  /** Sends what no GraphQL server sends. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}

/** The WebSocket side of a GraphQL API, by graphql-ws; to be changed while it runs. */
export class GraphqlSockets {
  /** Every socket that was opened, in order. */
  readonly taken: TakenSocket[] = [];
  /** Whose token is judged; that of the other place is only looked at. */
  judges: "handshake" | "init" = "handshake";
  /** What it closes a connection with whose `connection_init` has no good token. */
  refusal: SocketClosing = { code: 4401, reason: "Unauthorized" };
  /** Closes a connection so, instead of `connection_ack`, as often as there are any. */
  readonly insteadOfAck: SocketClosing[] = [];
  /** Lets connections open and never acknowledges them. */
  neverAcks = false;
  /** The subprotocol that it chooses. */
  protocol = PROTOCOL;

  /** The last socket that was opened. */
  get last(): TakenSocket {
    const last = this.taken.at(-1);
    if (!last) throw new Error("No socket was opened");
    return last;
  }

  /** For `takeSocket` of `startApi`. */
  async take(
    request: Request,
    { check, state }: { readonly check: CheckToken; readonly state: ApiState },
  ): Promise<Response> {
    const token = tokenOf(request);
    const facts = token === undefined ? undefined : await check(token);
    if (this.judges === "handshake" && !facts) {
      return Response.json({ message: "No good token" }, { status: 401 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, {
      ...(this.protocol && { protocol: this.protocol }),
      idleTimeout: 0, // or the server's own pings outlive the test
    });
    const taken = new TakenSocket(socket, token);
    this.taken.push(taken);
    this.#serve(socket, taken, { facts, check, state });
    return response;
  }

  #serve(
    socket: WebSocket,
    taken: TakenSocket,
    known: { facts: TokenFacts | undefined; check: CheckToken; state: ApiState },
  ): void {
    let facts = known.facts;
    const server = makeServer({
      schema: createApiSchema(),
      connectionInitWaitTimeout: 0,
      context: () => ({ facts, state: known.state }),
      onConnect: async ({ connectionParams }) => {
        const value = connectionParams?.Authorization;
        const token = typeof value === "string" ? value.split(" ")[1] : undefined;
        taken.tokens.init = token;
        if (this.judges === "init") {
          facts = token === undefined ? undefined : await known.check(token);
          if (!facts) socket.close(this.refusal.code, this.refusal.reason);
        }
        const closing = this.insteadOfAck.shift();
        if (closing) socket.close(closing.code, closing.reason);
        if (this.neverAcks) await new Promise(() => {});
        return true;
      },
    });
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => {};
    opened.promise.then(() => {
      const closed = server.opened({
        protocol: socket.protocol || PROTOCOL,
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          socket.onmessage = ({ data }) => {
            taken.received.push(JSON.parse(data).type);
            take(data);
          };
        },
      }, {});
      socket.onclose = ({ code, reason }) => void closed(code, reason);
    });
  }
}
