/**
 * Load for a daemon, in a process of its own (`bench_loads.ts` starts it), so that it and what is
 * measured beside it do not share an event loop. Says `ready`, begins when stdin ends, prints
 * the outcome.
 */
import process from "node:process";
import { say } from "./script.ts";

export interface Load {
  readonly socket: string;
  /** What is sent, in turn. */
  readonly requests: readonly string[];
  /** How every right answer begins, so that none has to be parsed while time is taken, */
  readonly begins: string;
  /** and the character that ends it. */
  readonly ends: string;
  /** So many at once, each of which waits for its answer. */
  readonly connections: number;
  /** Each call connects anew. */
  readonly reconnect: boolean;
  /** Of all connections together. */
  readonly calls: number;
}

export interface LoadOutcome {
  /** Calls that were not answered, or not so. */
  readonly errors: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What this process has worked for (milliseconds): it kept up when that is less than the time. */
  readonly cpuMs: number;
  /** Of each call that was answered, in microseconds. */
  readonly latencies: readonly number[];
}

/** An answer is far shorter than this (bytes). */
const LONGEST_ANSWER = 64 * 1024;

class Client {
  readonly #load: Load;
  readonly #end: number;
  readonly #buffer = new Uint8Array(LONGEST_ANSWER);
  #connection: Deno.UnixConn | undefined;

  constructor(load: Load) {
    this.#load = load;
    this.#end = load.ends.charCodeAt(0);
  }

  async connect(): Promise<Deno.UnixConn> {
    const { socket } = this.#load;
    return this.#connection ??= await Deno.connect({ transport: "unix", path: socket });
  }

  /** Sends a request and returns the answer, which the next call overwrites. */
  async call(request: Uint8Array): Promise<Uint8Array> {
    const connection = await this.connect();
    for (let at = 0; at < request.length;) at += await connection.write(request.subarray(at));
    for (let size = 0;;) {
      const read = await connection.read(this.#buffer.subarray(size));
      if (!read) throw new Error("Hung up, or the answer has no end");
      size += read;
      if (this.#buffer[size - 1] !== this.#end) continue;
      if (this.#load.reconnect) this.close();
      return this.#buffer.subarray(0, size);
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

async function run(load: Load): Promise<LoadOutcome> {
  const { calls, reconnect } = load;
  const encoder = new TextEncoder();
  const requests = load.requests.map((request) => encoder.encode(request));
  const begin = encoder.encode(load.begins);
  const clients = Array.from({ length: load.connections }, () => new Client(load));
  if (!reconnect) await Promise.all(clients.map((client) => client.connect()));
  say("ready");
  await new Response(Deno.stdin.readable).bytes();

  const latencies = new Float64Array(calls);
  let [begun, done] = [0, 0];
  const work = async (client: Client) => {
    while (begun < calls) {
      const request = requests[begun++ % requests.length]!;
      const started = performance.now();
      const answer = await client.call(request);
      const ended = performance.now();
      if (beginsWith(answer, begin)) latencies[done++] = (ended - started) * 1000;
    }
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.timeOrigin + performance.now();
  // One that is hung up on ends; what it was not answered is missing from those done.
  await Promise.allSettled(clients.map(work));
  const endedAt = performance.timeOrigin + performance.now();
  const { user, system } = process.cpuUsage(cpu);
  for (const client of clients) client.close();
  return {
    errors: calls - done,
    startedAt,
    endedAt,
    cpuMs: (user + system) / 1000,
    latencies: [...latencies.subarray(0, done)].map(Math.round),
  };
}

function beginsWith(bytes: Uint8Array, begin: Uint8Array): boolean {
  for (let at = 0; at < begin.length; at++) if (bytes[at] !== begin[at]) return false;
  return true;
}

if (import.meta.main) say(JSON.stringify(await run(JSON.parse(Deno.args[0] ?? ""))));
