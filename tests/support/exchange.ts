import { ApiClient, type ApiRequest } from "../../src/api/client.ts";
import { Exchanger } from "../../src/api/exchange.ts";
import type { Reach } from "../../src/api/target.ts";
import { ResourceRequests } from "../../src/oauth/resource_requests.ts";
import { Secret } from "../../src/secret.ts";
import type { Clock } from "../../src/system.ts";
import type { AccessToken, TokenRequest, TokenSource } from "../../src/tokens/source.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { FakeClock } from "./fake_clock.ts";

/** Where the client of a {@link FakeApi} may go with its token. */
export const REACH: Reach = {
  base: new URL("https://api.example.com/v1"),
  origins: ["https://uploads.example.com"],
};

/** A request as it went out. */
export interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** What the network does with one request. An Error is a connection that fails. */
export type Reply = Response | Error | ((sent: Sent) => Response | Promise<Response>);

/** The real client on a network that a test makes up. */
export interface FakeApi {
  readonly client: ApiClient;
  readonly sent: readonly Sent[];
  readonly tokens: FakeTokens;
  /** What was shown while waiting. */
  readonly waits: readonly string[];
  interrupt(reason: Error): void;
}

/** `replies` come one after the other; the last one stays. */
export function fakeApi(
  replies: Reply[],
  { clock = new FakeClock(), tokens = new FakeTokens(), reach = REACH }: {
    readonly clock?: Clock;
    readonly tokens?: FakeTokens;
    readonly reach?: Reach;
  } = {},
): FakeApi {
  const { fetch, sent } = fakeFetch(replies);
  const interruption = new AbortController();
  const waits: string[] = [];
  // Time goes on only where the client waits: nothing is silent for too long.
  const system = { fetch, clock: new ManualClock(), connectTime: () => Promise.resolve(1) };
  const requests = new ResourceRequests(clock);
  const client = new ApiClient({
    reach,
    tokens,
    exchanger: new Exchanger({
      system,
      caCerts: [],
      idleMs: 60_000,
      interrupted: interruption.signal,
    }),
    authorized: (token, request, fetch) => requests.send(token, request, fetch),
    userAgent: "a-test/1",
    clock,
    random: () => 0.5,
    interrupted: interruption.signal,
    waiting(reason) {
      waits.push(reason);
      return { [Symbol.dispose]() {} };
    },
  });
  return { client, sent, tokens, waits, interrupt: (reason) => interruption.abort(reason) };
}

function fakeFetch(replies: Reply[]) {
  const sent: Sent[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    init.signal?.throwIfAborted();
    const request = {
      method: init.method ?? "",
      url: new URL(url),
      headers: new Headers(init.headers),
      body: await new Response(init.body).text(),
    };
    sent.push(request);
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply instanceof Error) throw reply;
    if (!reply) throw new TypeError(`No reply for ${url}`);
    return asFromNetwork(reply instanceof Response ? reply.clone() : await reply(request));
  };
  return { fetch, sent };
}

/** With a body that may be read into memory of the reader's, as those from the network. */
function asFromNetwork(response: Response): Response {
  const reader = response.body?.getReader();
  if (!reader) return response;
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { done, value } = await reader.read();
      if (value) return controller.enqueue(value.slice()); // what is given is gone
      if (!done) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
}

/** Tokens named `token-1`, `token-2`…: each refresh makes the next one. */
export class FakeTokens implements TokenSource {
  /** What was asked for, in order. */
  readonly asked: TokenRequest[] = [];
  refreshes = 0;
  number = 1;

  /** `ready`: the token is one of the environment, of which nothing is known. */
  constructor(
    private readonly options: { readonly ready?: boolean; readonly dpopKey?: Secret } = {},
  ) {}

  token(request: TokenRequest = {}): Promise<AccessToken> {
    this.asked.push(request);
    const { ready, dpopKey } = this.options;
    const isCurrent = request.refused?.equals(new Secret(`token-${this.number}`)) ?? false;
    if ((request.force || isCurrent) && !ready) {
      this.refreshes++;
      this.number++;
    }
    return Promise.resolve({
      value: new Secret(`token-${this.number}`),
      type: dpopKey ? "DPoP" : "Bearer",
      expiresAt: ready ? undefined : Date.UTC(2040, 0, 1),
      ...(dpopKey && { dpopKey }),
    });
  }
}

/** A request to the API of {@link REACH}. */
export function apiRequest(
  method = "GET",
  { path = "/things", ...rest }: Partial<Omit<ApiRequest, "method" | "url">> & {
    readonly path?: string;
  } = {},
): ApiRequest {
  return { method, url: new URL(path, REACH.base), ...rest };
}

/** A body that breaks off behind these bytes. */
export function cutBody(text: string): ReadableStream<Uint8Array> {
  const pieces = [new TextEncoder().encode(text)];
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else controller.error(new TypeError("error reading a body from connection"));
    },
  }, { highWaterMark: 0 });
}

/** All of a body as text. */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
