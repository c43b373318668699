import { rewritten, statusAnswer } from "./answers.ts";
import { delay } from "./delay.ts";
import { type Answer, type Fault, type Match, matches, type RecordedRequest } from "./faults.ts";
import { Gate } from "./gate.ts";
import {
  encodeHead,
  encodeMessage,
  isDisconnect,
  type Message,
  MessageReader,
  writeAll,
} from "./http1.ts";
import { record } from "./record.ts";

/** Where a front listens and what stands behind it. */
export interface FrontOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** A PEM certificate and key make it serve https. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Endpoint names by path. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The clock of the `Date` header, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Sees every request, and its answer before and after any fault changed it. */
  readonly watch?: (request: RecordedRequest, answer?: Answer) => void;
}

interface Rule {
  readonly match: Match;
  readonly act: Fault | { readonly kind: "gate"; readonly side: "before" | "after"; gate: Gate };
  left: number;
}

type Outcome = { readonly send: Answer; readonly cut?: boolean } | "close" | "streamed";

/**
 * A small raw HTTP/1.1 front on 127.0.0.1 before a real server. It records every request and
 * does to connections what no HTTP handler can: close without an answer, hang, cut short.
 */
export class Front {
  readonly requests: RecordedRequest[] = [];
  readonly #options: FrontOptions;
  readonly #rules: Rule[] = [];
  readonly #connections = new Set<Deno.Conn>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #disposal = new AbortController();
  readonly #failures: unknown[] = [];
  #listener: Deno.Listener | undefined;
  #port: number;
  #behind = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#port = options.port;
    this.up();
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `${this.#options.tls ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  /** Names the loopback port requests are passed to. */
  passTo(port: number): void {
    this.#behind = port;
  }

  /** How many requests of this kind have arrived. */
  count(match: Match = {}): number {
    return this.requests.filter((request) => matches(match, request)).length;
  }

  /**
   * Does `fault` to the next `times` matching requests (to all when left out). Faults are tried
   * in the order they were set. Returns a function that removes it early.
   */
  fault(match: Match, fault: Fault, { times = Infinity }: { times?: number } = {}): () => void {
    return this.#add({ match, act: fault, left: times });
  }

  /** Holds the next matching request: "before" it is processed, or "after", its answer unsent. */
  gate(match: Match, side: "before" | "after"): Gate {
    const gate = new Gate();
    this.#add({ match, act: { kind: "gate", side, gate }, left: 1 });
    return gate;
  }

  /** Refuses connections, the open ones closed, until `up`. */
  down(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  /** Listens again, on the port it had. */
  up(): void {
    if (this.#listener) return;
    const { tls } = this.#options;
    const address = { hostname: "127.0.0.1", port: this.#port };
    const listener = tls ? Deno.listenTls({ ...address, ...tls }) : Deno.listen(address);
    this.#port = (listener.addr as Deno.NetAddr).port;
    this.#listener = listener;
    this.#start(this.#accept(listener));
  }

  /** Closes everything (again does no harm), and throws what went wrong inside the front itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.down();
    this.#disposal.abort();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    const failures = this.#failures.splice(0);
    if (failures.length > 0) throw new AggregateError(failures, "Test front failed");
  }

  #add(rule: Rule): () => void {
    this.#rules.push(rule);
    return () => {
      rule.left = 0;
    };
  }

  #start(work: Promise<void>): void {
    const task = work.catch((error) => {
      if (!isDisconnect(error)) this.#failures.push(error);
    }).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for await (const connection of listener) this.#start(this.#serve(connection));
  }

  async #serve(accepted: Deno.Conn): Promise<void> {
    using connection = accepted;
    using _closed = this.#closedByDown(connection);
    const reader = new MessageReader(connection);
    while (true) {
      const head = await reader.head();
      if (!head) return;
      const message = { ...head, body: await reader.body(head.headers, { isAnswer: false }) };
      if (!await this.#answer(connection, reader, message)) return;
    }
  }

  /** Answers one request; false when the connection must close after it. */
  async #answer(
    connection: Deno.Conn,
    reader: MessageReader,
    message: Message,
  ): Promise<boolean> {
    const request = record(message, this.#options.endpoints);
    this.requests.push(request);
    this.#options.watch?.(request);
    const outcome = await this.#outcome(connection, reader, message, request);
    if (outcome === "close" || outcome === "streamed") return false;
    this.#options.watch?.(request, outcome.send);
    const bytes = this.#encode(outcome.send, request.method === "HEAD");
    if (outcome.cut) {
      const half = Math.ceil(new TextEncoder().encode(outcome.send.body).length / 2);
      await writeAll(connection, bytes.subarray(0, bytes.length - half));
      return false;
    }
    await writeAll(connection, bytes);
    request.answered = true;
    request.status = outcome.send.status;
    return message.headers.get("connection")?.toLowerCase() !== "close";
  }

  async #outcome(
    connection: Deno.Conn,
    reader: MessageReader,
    message: Message,
    request: RecordedRequest,
  ): Promise<Outcome> {
    const forward = async (): Promise<Answer | "streamed"> => {
      const answer = await this.#forward(connection, message);
      if (answer !== "streamed") this.#options.watch?.(request, answer);
      return answer;
    };
    const sent = (answer: Answer | "streamed"): Outcome =>
      answer === "streamed" ? answer : { send: answer };

    const act = this.#take(request);
    switch (act?.kind) {
      case undefined:
        return sent(await forward());
      case "status":
        return { send: statusAnswer(act) };
      case "redirect": {
        const headers = new Headers({ location: act.location });
        return { send: { status: act.status ?? 302, headers, body: "" } };
      }
      case "close":
        return "close";
      case "close-after":
        await forward();
        return "close";
      case "hang":
        await reader.ended();
        return "close";
      case "hang-after":
        await forward();
        await reader.ended();
        return "close";
      case "slow":
        await delay(act.ms, this.#disposal.signal);
        return sent(await forward());
      case "truncate": {
        const answer = await forward();
        return answer === "streamed" ? answer : { send: answer, cut: true };
      }
      case "rewrite": {
        const answer = await forward();
        return answer === "streamed" ? answer : { send: await rewritten(answer, act) };
      }
      case "gate": {
        const answer = act.side === "after" ? await forward() : undefined;
        const way = await Promise.race([act.gate.hold(request), this.#disposed()]);
        return way === "on" ? sent(answer ?? await forward()) : way === "close" ? way : sent(way);
      }
    }
  }

  #take(request: RecordedRequest): Rule["act"] | undefined {
    const rule = this.#rules.find((rule) => rule.left > 0 && matches(rule.match, request));
    if (rule) rule.left -= 1;
    return rule?.act;
  }

  #disposed(): Promise<"close"> {
    const { signal } = this.#disposal;
    if (signal.aborted) return Promise.resolve("close");
    return new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve("close"), { once: true })
    );
  }

  /** Passes a request on. An event stream goes to the client as it comes; all else is returned. */
  async #forward(client: Deno.Conn, message: Message): Promise<Answer | "streamed"> {
    using behind = await Deno.connect({ hostname: "127.0.0.1", port: this.#behind });
    using _closed = this.#closedByDown(behind);
    const headers = new Headers(message.headers);
    headers.set("connection", "close");
    // Deno compresses otherwise, and a rewriting fault needs plain text.
    headers.set("accept-encoding", "identity");
    headers.set("x-forwarded-proto", this.#options.tls ? "https" : "http");
    headers.set("host", `127.0.0.1:${this.#port}`);
    await writeAll(behind, encodeMessage({ ...message, headers }));

    const reader = new MessageReader(behind);
    const head = await reader.head();
    if (!head) throw new Error(`Server behind the front gave no answer to "${message.start}"`);
    if (head.headers.get("content-type")?.startsWith("text/event-stream")) {
      await writeAll(client, encodeHead(head.start, head.headers));
      await writeAll(client, reader.takeHeld());
      for await (const chunk of behind.readable) await writeAll(client, chunk);
      return "streamed";
    }
    const toHead = message.start.startsWith("HEAD ");
    const body = await reader.body(head.headers, { isAnswer: true, toHead });
    head.headers.delete("transfer-encoding");
    head.headers.delete("connection");
    head.headers.delete("date");
    const status = Number(head.start.split(" ")[1]);
    return { status, headers: head.headers, body: new TextDecoder().decode(body) };
  }

  #closedByDown(connection: Deno.Conn): Disposable {
    this.#connections.add(connection);
    return { [Symbol.dispose]: () => void this.#connections.delete(connection) };
  }

  #encode({ status, headers: given, body }: Answer, toHead: boolean): Uint8Array<ArrayBuffer> {
    const headers = new Headers(given);
    if (!headers.has("date")) headers.set("date", new Date(this.#options.now()).toUTCString());
    const start = `HTTP/1.1 ${status} ${status < 400 ? "Fine" : "Refused"}`;
    if (toHead || status === 204 || status === 304) return encodeHead(start, headers);
    return encodeMessage({ start, headers, body: new TextEncoder().encode(body) });
  }
}
