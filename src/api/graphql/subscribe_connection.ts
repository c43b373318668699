import type { VantageError } from "../../errors.ts";
import type { Clock } from "../../system.ts";
import type { AccessToken, TokenSource } from "../../tokens/source.ts";
import type { ApiAnswer, ApiRequest } from "../client.ts";

/** A subscription as it is sent. */
export interface SubscribeRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Which operation of the document; not needed where there is one only. */
  readonly operationName?: string | undefined;
}

/** One event: an execution result (GraphQL, 7.1) as the server sent it, parsed. */
export interface ExecutionResultLike {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[] | undefined;
  readonly extensions?: unknown;
}

/** What subscriptions are made with. */
export interface SubscribeParts {
  /** The `graphql_url`: https, or http to a loopback address. */
  readonly url: URL;
  /** Where the WebSocket is, wss or ws to a loopback address; at `url` unless told. */
  readonly webSocketUrl?: URL | undefined;
  /** `auto` takes the event stream where there is no WebSocket to be had. */
  readonly transport: "auto" | "ws" | "sse";
  /** For the event stream. Carries the token, refreshes once on 401, tries again. */
  readonly send: (request: ApiRequest) => Promise<ApiAnswer>;
  readonly token: TokenSource;
  readonly webSocket: (
    url: string,
    options: {
      readonly protocols: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
    },
  ) => WebSocket;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Ends it all; its reason is thrown. */
  readonly signal: AbortSignal;
  /** For who wants to know what goes on. */
  readonly detail: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** One connection's part in a subscription. */
export interface Attempt {
  readonly token: AccessToken;
  /** Ends the connection politely, and with it the attempt. */
  readonly signal: AbortSignal;
  /** Called when the server has taken the connection. */
  connected(): void;
  /** Takes an event; `size` is what it held on the wire. Throws `api_answer` where it is too much. */
  deliver(result: ExecutionResultLike, size: number): void;
  /** Resolves when the reader has caught up, for who can let the server wait. */
  caughtUp(): Promise<void>;
}

/** How a connection ended. What nothing can be done about is thrown instead. */
export type Ending =
  /** The server has sent the last event. */
  | { readonly kind: "complete" }
  /** The attempt's signal was aborted. */
  | { readonly kind: "stopped" }
  /** It broke, or did not come to be; another one may do better. */
  | { readonly kind: "lost"; readonly error: VantageError }
  /** The server does not take the token. */
  | { readonly kind: "refused"; readonly error: VantageError; readonly atHandshake: boolean }
  /** What answers there does not speak the protocol. */
  | { readonly kind: "unsuitable"; readonly error: VantageError };

/** Makes one connection, subscribes, and resolves when it is over and cleaned up. */
export type Connect = (attempt: Attempt) => Promise<Ending>;
