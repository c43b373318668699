/** One request and its answer. Times are milliseconds since it was sent; no query, header or body. */
export interface Exchange {
  readonly method: string;
  /** Origin and path. */
  readonly target: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Name lookup and connection, measured beside it; undefined for what goes by an old connection. */
  readonly connectMs: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
  /** How often the request had been sent with this time. */
  readonly attempt: number;
  /** How long we waited for the server, what others did with its bytes left out. */
  readonly waitedMs: number;
  /** Bytes of the answer's body, decoded. */
  readonly bytes: number;
  readonly failure: string | undefined;
}

/** Hears of an exchange as it goes on. */
export interface Recorder {
  head(status: number): void;
  chunk(size: number): void;
  /** The reader wants more. */
  resumed(): void;
  end(failure: string | undefined): void;
}

/** Takes the times of an exchange from now on, and tells of it when it has ended. */
export function recordExchange(
  { method, url, attempt }: { method: string; url: URL; attempt: number },
  connection: Promise<number | undefined>,
  onExchange: ((exchange: Exchange) => void) | undefined,
): Recorder {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let connectMs: number | undefined;
  connection.then((ms) => connectMs = ms, () => {});
  let status: number | undefined;
  let firstByteMs: number | undefined;
  let bytes = 0;
  let waitedMs = 0;
  let waitingSince: number | undefined = 0;
  const pauseWaiting = () => {
    if (waitingSince !== undefined) waitedMs += elapsed() - waitingSince;
    waitingSince = undefined;
  };
  let ended = false;
  return {
    head(answered) {
      status = answered;
      firstByteMs = elapsed();
      pauseWaiting();
    },
    chunk(size) {
      bytes += size;
      pauseWaiting();
    },
    resumed() {
      waitingSince = elapsed();
    },
    end(failure) {
      if (ended) return;
      ended = true;
      pauseWaiting();
      const target = url.origin + url.pathname;
      const totalMs = elapsed();
      const times = { connectMs, firstByteMs, totalMs, waitedMs };
      onExchange?.({ method, target, status, ...times, attempt, bytes, failure });
    },
  };
}
