import type { ApiClient } from "../api/client.ts";
import { subscribe } from "../api/graphql/subscribe.ts";
import type { App } from "../app.ts";
import type { TokenSource } from "../tokens/source.ts";
import type { ApiPage } from "./api_pages.ts";
import type { GraphqlCall } from "./graphql_request.ts";

interface SubscriptionParts {
  readonly app: App;
  readonly client: ApiClient;
  readonly url: URL;
  readonly tokens: TokenSource;
  /** PEM, to trust beside the built-in roots. */
  readonly certificates: readonly string[];
}

/** The events of a subscription, each a page. Ends when the server does, or by Ctrl-C. */
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
  try {
    for await (const event of subscribe(parts, call)) {
      const body = bytesOf(JSON.stringify(event));
      yield { status: 200, statusText: "", headers: new Headers(), failed: false, body };
    }
  } catch (error) {
    if (!interrupted.aborted) throw error; // the way to end it
  }
}

async function* bytesOf(text: string) {
  yield await Promise.resolve(new TextEncoder().encode(text));
}
