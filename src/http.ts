import { VantageError } from "./errors.ts";
import type { System } from "./system.ts";

/** How long one exchange may take, from the connection to the last byte of the answer. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** Answers of authorization servers are small; a larger one is an attack or a mistake. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The shape that `oauth4webapi` asks of a fetch, of which {@link Http} is one. */
export interface HttpInit {
  method: string;
  headers: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Sends one request and returns its answer, already read whole. Throws {@link NetworkError}. */
export type Http = (url: string, init: HttpInit) => Promise<Response>;

/** What happened to a request, for `--verbose`. Holds no query, header or body. */
export interface Exchange {
  method: string;
  /** Origin and path. */
  target: string;
  /** Undefined when no answer came. */
  status: number | undefined;
  ms: number;
  failure?: string;
}

/** A request that got no usable answer. */
export class NetworkError extends VantageError {
  /** False only when the request certainly never reached the server. */
  readonly mayHaveArrived: boolean;
  constructor(
    message: string,
    options: { hint?: string; cause?: unknown; mayHaveArrived: boolean },
  ) {
    super("network", message, options);
    this.mayHaveArrived = options.mayHaveArrived;
  }
}

/**
 * The one way to the network for authorization servers: bounded in time and size, never
 * following a redirect, and never sending anything twice.
 */
export function createHttp(
  system: Pick<System, "fetch" | "clock">,
  options: {
    caCerts: readonly string[];
    /** Names us to the server; the runtime's own name otherwise. */
    userAgent?: string;
    timeoutMs?: number;
    onExchange?: (exchange: Exchange) => void;
  },
): Http {
  const { caCerts, userAgent, timeoutMs = REQUEST_TIMEOUT_MS, onExchange } = options;
  return async (url, init) => {
    const target = new URL(url);
    const started = system.clock.now();
    const report = (status: number | undefined, failure?: string) =>
      onExchange?.({
        method: init.method,
        target: target.origin + target.pathname,
        status,
        ms: system.clock.now() - started,
        ...(failure === undefined ? {} : { failure }),
      });

    const timeout = new AbortController();
    const finished = new AbortController();
    system.clock.sleep(timeoutMs, finished.signal).then(
      () => timeout.abort(new DOMException("Timed out", "TimeoutError")),
      () => {},
    );
    const signal = init.signal ? AbortSignal.any([init.signal, timeout.signal]) : timeout.signal;
    let status: number | undefined;
    try {
      const response = await system.fetch(url, {
        method: init.method,
        headers: userAgent === undefined
          ? init.headers
          : { ...init.headers, "user-agent": userAgent },
        body: unrepeatable(init.body),
        redirect: "manual",
        signal,
      }, caCerts);
      status = response.status;
      const body = await readBounded(response, target.origin);
      report(status);
      return new Response(hasNoBody(status) ? null : body, { status, headers: response.headers });
    } catch (error) {
      if (init.signal?.aborted) throw init.signal.reason;
      const failure = timeout.signal.aborted
        ? timedOut(target.origin, timeoutMs)
        : networkError(error, target.origin, status !== undefined);
      report(status, failure.message);
      throw failure;
    } finally {
      finished.abort();
    }
  };
}

/**
 * The body in a form that Deno sends once only. It sends a string or bytes a second time when the
 * connection closes without an answer, and a refresh token sent twice is reuse (RFC 9700, 4.14).
 * A stream would be sent once too, but without the `Content-Length` that some servers insist on.
 */
function unrepeatable(body: unknown): Blob | null {
  return body === undefined || body === null ? null : new Blob([String(body)]);
}

async function readBounded(response: Response, origin: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      throw new NetworkError(`The answer of ${origin} is larger than 1 MiB`, {
        mayHaveArrived: true,
      });
    }
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

const hasNoBody = (status: number) => status === 204 || status === 205 || status === 304;

/** No answer came in time, or nothing more of it. */
export function timedOut(origin: string, timeoutMs: number): NetworkError {
  const seconds = Math.round(timeoutMs / 1000);
  return new NetworkError(`No answer from ${origin} within ${seconds} s`, {
    mayHaveArrived: true,
    hint: "Check the network, then run the command again",
  });
}

/** A failure of `fetch` in words; `answered` where the head of an answer had come. */
export function networkError(error: unknown, origin: string, answered: boolean): NetworkError {
  if (error instanceof NetworkError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const connect = text.match(/client error \(Connect\)(?:: (.*))?$/s);
  const detail = (connect?.[1] ?? text.replace(/^.*client error \(\w+\): /s, "")).trim();
  const certificate = /certificate|UnknownIssuer|invalid peer/i.test(detail);
  const what = answered ? "Cannot read the answer of" : "Cannot reach";
  return new NetworkError(`${what} ${origin}: ${detail}`, {
    cause: error,
    mayHaveArrived: connect === null,
    hint: certificate
      ? "Name your company's certificate authority with 'ca_file' in the profile or VANTAGE_CA_FILE"
      : "Check the network and the proxy settings, then run the command again",
  });
}
