import type { Http, HttpInit } from "../../src/http.ts";
import type { CacheEntry, MetadataCache } from "../../src/oauth/metadata_cache.ts";
import { Server } from "../../src/oauth/server.ts";
import type { ProviderSettings } from "../../src/oauth/settings.ts";
import type { Clock } from "../../src/system.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A request as it reached the provider. */
export interface Sent {
  readonly url: string;
  readonly form: URLSearchParams;
  readonly init: HttpInit;
}

/** What the provider does with one request. An Error is a connection that fails. */
export type Reply = Response | Error | ((sent: Sent) => Response | Promise<Response>);

export interface Stub {
  readonly server: Server;
  readonly clock: FakeClock;
  readonly sent: Sent[];
}

export const TOKENS = { access_token: "an-access-token", token_type: "Bearer", expires_in: 3600 };

/** A real `Server` whose provider gives these replies, one after the other; the last one stays. */
export async function stubServer(
  replies: Reply[],
  settings: Partial<ProviderSettings> = {},
): Promise<Stub> {
  const clock = new FakeClock();
  const sent: Sent[] = [];
  const http: Http = async (url, init) => {
    init.signal?.throwIfAborted();
    const request = { url, init, form: new URLSearchParams(String(init.body ?? "")) };
    sent.push(request);
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply instanceof Error) throw reply;
    if (!reply) throw new TypeError(`No reply for ${url}`);
    return reply instanceof Response ? reply.clone() : await reply(request);
  };
  return { server: await openServer(http, clock, settings), clock, sent };
}

export function openServer(
  http: Http,
  clock: Clock,
  settings: Partial<ProviderSettings> = {},
  cache: MetadataCache = forgetful(),
): Promise<Server> {
  const origin = "https://id.example.com";
  return Server.open({
    http,
    clock,
    cache,
    settings: {
      issuer: origin,
      endpoints: {
        authorization_endpoint: `${origin}/auth`,
        device_authorization_endpoint: `${origin}/device`,
        token_endpoint: `${origin}/token`,
        revocation_endpoint: `${origin}/revoke`,
        jwks_uri: `${origin}/jwks`,
      },
      clientId: "a-client",
      dpop: false,
      needsClientSecret: false,
      clientAuth: "auto",
      authorizeParams: {},
      issuerPerTenant: false,
      revocationMethod: "post",
      tokenLifetimeMs: 55 * 60_000,
      scopeSeparator: " ",
      howToSet: (key, value) => `vantage profile set ${key} ${value}`,
      callback: { host: "127.0.0.1", port: 0, path: "/callback" },
      ...settings,
    },
  });
}

function forgetful(): MetadataCache {
  const none: CacheEntry | undefined = undefined;
  return { get: () => Promise.resolve(none), set: () => Promise.resolve() };
}
