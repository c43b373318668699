/** Prints the first event of a subscription. Arguments: URL, certificate authority (PEM), token. */
import { subscribe } from "../../../src/api/graphql/subscribe.ts";
import { Secret } from "../../../src/secret.ts";
import { denoSystem } from "../../../src/system/deno.ts";

const [url = "", ca = "", token = ""] = Deno.args;
const system = denoSystem();
const parts = {
  url: new URL(url),
  transport: "ws" as const,
  send: () => Promise.reject(new Error("Nothing is to be sent")),
  token: {
    token: () =>
      Promise.resolve({ value: new Secret(token), type: "Bearer" as const, expiresAt: undefined }),
  },
  webSocket: (url: string, options: Parameters<typeof system.webSocket>[1]) =>
    system.webSocket(url, options, [ca]),
  clock: system.clock,
  random: Math.random,
  signal: new AbortController().signal,
  detail() {},
  warn() {},
};
const query = "subscription { clusterChanged(count: 1) { name } }";
for await (const event of subscribe(parts, { query })) system.stdout.write(JSON.stringify(event));
