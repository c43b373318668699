import { isVantageError, VantageError } from "../../errors.ts";
import { answerError } from "../answer_error.ts";
import type { ApiAnswer } from "../client.ts";
import type {
  Attempt,
  Connect,
  Ending,
  ExecutionResultLike,
  SubscribeParts,
  SubscribeRequest,
} from "./subscribe_connection.ts";
import { failed, garbled, LARGEST_EVENT, tooLarge } from "./subscribe_problem.ts";
import { splitEvents } from "./subscribe_stream.ts";

/** So much of an answer that is no event stream is looked at. */
const LOOKED_AT_BYTES = 64 * 1024;

/** Nothing may happen for long, and some servers do not say that they live. */
const LONGEST_SILENCE_MS = 300_000;

type StreamParts = Pick<SubscribeParts, "url" | "send">;

/**
 * Makes connections of GraphQL over server-sent events, in the distinct connections mode of
 * graphql-sse: one request is one subscription. There are no pings in this protocol, so a server
 * that vanishes is noticed when TCP notices, or by the client's own limit of silence. Events
 * have no ids in this mode: a server cannot be told which was the last.
 */
export function eventStream(parts: StreamParts, request: SubscribeRequest): Connect {
  return async (attempt) => {
    const library = await import("graphql-sse");
    attempt.signal.throwIfAborted();
    return await new StreamAttempt(parts, attempt).run(library, request);
  };
}

type Library = typeof import("graphql-sse");

/** One request and the events of its answer. */
class StreamAttempt {
  readonly #parts: StreamParts;
  readonly #attempt: Attempt;
  readonly #origin: string;
  readonly #ended = Promise.withResolvers<Ending>();
  readonly #over = new AbortController();
  /** Of the event at hand. */
  #size = 0;

  constructor(parts: StreamParts, attempt: Attempt) {
    this.#parts = parts;
    this.#attempt = attempt;
    this.#origin = parts.url.origin;
  }

  async run({ createClient }: Library, request: SubscribeRequest): Promise<Ending> {
    const stop = () => this.#ended.resolve({ kind: "stopped" });
    this.#attempt.signal.addEventListener("abort", stop, { once: true });
    const client = createClient({
      url: this.#parts.url.href,
      retryAttempts: 0,
      fetchFn: (_url: string, init: { body: string }) => this.#fetch(init.body),
      on: {
        // Here rather than in the sink, which gets it later: the end of the body may overtake it.
        message: ({ event, data }) => {
          if (event === "complete") this.#ended.resolve({ kind: "complete" });
          else this.#deliver(data);
        },
      },
    });
    const { query, variables, operationName } = request;
    const payload = {
      query,
      ...(variables && { variables: { ...variables } }),
      ...(operationName !== undefined && { operationName }),
    };
    const unsubscribe = client.subscribe(payload, {
      next() {},
      // What went wrong with the request is known better; what is left is about what it parsed.
      error: (error) => {
        const isOurs = error instanceof VantageError;
        this.#ended.reject(isOurs ? error : garbled(this.#origin, error as Error));
      },
      complete() {},
    });
    try {
      return await this.#ended.promise;
    } finally {
      this.#attempt.signal.removeEventListener("abort", stop);
      this.#over.abort();
      unsubscribe();
    }
  }

  #deliver(result: unknown): void {
    if (this.#over.signal.aborted) return;
    if (typeof result !== "object" || result === null || Array.isArray(result)) {
      throw new TypeError("An execution result is an object");
    }
    this.#attempt.deliver(result as ExecutionResultLike, this.#size);
  }

  /** What the library takes for `fetch`. */
  async #fetch(body: string): Promise<Response> {
    try {
      const answer = await this.#answer(body);
      this.#attempt.connected();
      return new Response(this.#events(answer), { status: answer.status });
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #answer(body: string): Promise<ApiAnswer> {
    const answer = await this.#parts.send({
      method: "POST",
      url: this.#parts.url,
      headers: { accept: "text/event-stream" },
      body: {
        contentType: "application/json; charset=utf-8",
        once: false,
        open: () => Promise.resolve(new Blob([body])),
      },
      // To ask twice for events changes nothing.
      idempotent: true,
      silenceMs: LONGEST_SILENCE_MS,
    });
    this.#over.signal.addEventListener("abort", () => void answer.cancel(), { once: true });
    if (this.#over.signal.aborted) await answer.cancel();
    if (answer.status >= 400) throw await answerError(answer);
    const type = answer.headers.get("content-type") ?? "nothing";
    if (answer.status === 200 && /^text\/event-stream\b/i.test(type)) return answer;
    throw await notAStream(answer, type);
  }

  #events(answer: ApiAnswer): ReadableStream<Uint8Array> {
    const events = splitEvents(answer.body, LARGEST_EVENT, () => tooLarge(this.#origin));
    // Without a buffer: the next event is got when the one before has been dealt with.
    return new ReadableStream({
      pull: async (controller) => {
        try {
          await this.#unlessOver(this.#attempt.caughtUp());
          const { done, value } = await this.#unlessOver(events.next());
          if (done) throw broken(this.#origin);
          this.#size = value.length;
          controller.enqueue(value);
        } catch (error) {
          this.#fail(error);
          controller.close();
        }
      },
    }, { highWaterMark: 0 });
  }

  /** What the work comes to, or the reason of the end where that is sooner. */
  #unlessOver<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#over;
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", stop));
  }

  #fail(error: unknown): void {
    if (isVantageError(error, "network", "api_unavailable")) {
      this.#ended.resolve({ kind: "lost", error });
    } else {
      this.#ended.reject(error);
    }
  }
}

/** Some servers answer a request that fails as if it were a query. */
async function notAStream(answer: ApiAnswer, type: string): Promise<VantageError> {
  const { origin } = answer.url;
  if (/json/i.test(type)) {
    const start = await beginningOf(answer);
    const errors = errorsIn(new TextDecoder().decode(start));
    if (errors) return failed(origin, errors);
  } else {
    await answer.cancel();
  }
  const what = answer.status === 200 ? `'${type}'` : `the status ${answer.status}`;
  return new VantageError(
    "api_answer",
    `${origin} answers a subscription with ${what} and not with an event stream`,
    { hint: "Take the WebSocket with `--transport ws`; not every server has subscriptions" },
  );
}

async function beginningOf(answer: ApiAnswer): Promise<Uint8Array> {
  const pieces: number[] = [];
  for await (const chunk of answer.body) {
    pieces.push(...chunk.subarray(0, LOOKED_AT_BYTES - pieces.length));
    if (pieces.length === LOOKED_AT_BYTES) break;
  }
  await answer.cancel();
  return new Uint8Array(pieces);
}

function errorsIn(text: string): readonly unknown[] | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    return Array.isArray(errors) && errors.length > 0 ? errors : undefined;
  } catch {
    return undefined;
  }
}

const broken = (origin: string) =>
  new VantageError("network", `${origin} ended the event stream before the subscription's end`, {
    hint: "Check the network, then run the command again",
  });
