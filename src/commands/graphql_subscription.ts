import type { ApiClient } from "../api/client.ts";
import { subscribe } from "../api/graphql/subscribe.ts";
import type { App } from "../app.ts";
import type { TokenSource } from "../tokens/source.ts";
import type { ApiPage } from "./api_pages.ts";
import type { GraphqlError } from "./graphql_pages.ts";
import { errorsOf, failedError } from "./graphql_pages.ts";
import type { GraphqlCall } from "./graphql_request.ts";

interface SubscriptionParts {
  readonly app: App;
  readonly client: ApiClient;
  readonly url: URL;
  readonly tokens: TokenSource;
  /** PEM, to trust beside the built-in roots. */
  readonly certificates: readonly string[];
}

/**
 * The events of a subscription, each a page. Ends when the server does, or by Ctrl-C. Throws the
 * errors of the first event that had some when all is over.
 */
export async function* subscriptionPages(
  { app, client, url, tokens, certificates }: SubscriptionParts,
  call: GraphqlCall,
  transport: "auto" | "ws" | "sse",
): AsyncGenerator<ApiPage> {
  const { system, person, interrupted } = app;
  const parts = {
    url,
    transport,
    send: client.send.bind(client),
    token: tokens,
    webSocket: (address: string, options: Parameters<typeof system.webSocket>[1]) =>
      system.webSocket(address, options, certificates),
    clock: system.clock,
    random: Math.random,
    signal: interrupted,
    detail: (text: string) => person.detail(1, text),
    warn: (text: string) => person.warn(text),
  };
  let failed: readonly GraphqlError[] = [];
  try {
    for await (const event of subscribe(parts, call)) {
      if (failed.length === 0) failed = errorsOf(event.errors);
      const body = bytesOf(JSON.stringify(event));
      yield { status: 200, statusText: "", headers: new Headers(), failed: false, body };
    }
  } catch (error) {
    if (interrupted.aborted) return; // the way to end it
    throw error;
  }
  if (failed.length > 0) throw failedError(failed);
}

async function* bytesOf(text: string) {
  yield await Promise.resolve(new TextEncoder().encode(text));
}
