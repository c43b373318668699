import { join } from "node:path";
import { SERVICE } from "./bench_accounts.ts";
import { Failure } from "./script.ts";

/** A daemon in the foreground. It is stopped when disposed. */
export interface RunningDaemon extends AsyncDisposable {
  readonly pid: number;
  readonly socket: string;
  /** From its launch to its first token (milliseconds). */
  readonly startedInMs: number;
}

const ID = 1;

/** A request for a token of account `a0`, `a1` and so on of the homes in `bench_accounts.ts`. */
export const tokenRequest = (account: number): string => {
  const params = { service: SERVICE, account: `a${account}` };
  return JSON.stringify({ jsonrpc: "2.0", id: ID, method: "get_token", params }) + "\n";
};

/** How the answer with a token begins. */
export const TOKEN_ANSWER = `{"jsonrpc":"2.0","id":${ID},"result":{"access_token":"`;

/** Runs `vantage daemon run` in a home until it has given a token. Throws {@link Failure}. */
export async function runDaemon(vantage: string, home: string): Promise<RunningDaemon> {
  const socket = join(home, "vantage.sock");
  const command = new Deno.Command(vantage, {
    args: ["daemon", "run"],
    env: { VANTAGE_HOME: home },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const launched = performance.now();
  const child = command.spawn();
  const ended = child.output(); // takes what it writes, so that it need not wait for a reader
  const over = new AbortController();
  ended.then(({ stderr }) =>
    over.abort(new Failure(`The daemon ended: ${new TextDecoder().decode(stderr)}`))
  );
  const answer = await firstAnswer(socket, over.signal);
  const startedInMs = performance.now() - launched;
  if (!answer.startsWith(TOKEN_ANSWER)) throw new Failure(`The daemon answers ${answer}`);
  return {
    pid: child.pid,
    socket,
    startedInMs,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Asks for a token as soon as somebody listens. */
async function firstAnswer(socket: string, over: AbortSignal): Promise<string> {
  using connection = await connectSoon(socket, over);
  await connection.write(new TextEncoder().encode(tokenRequest(0)));
  const buffer = new Uint8Array(64 * 1024);
  return new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
}

/** Connects as soon as somebody listens. Throws the reason of `over`. */
export async function connectSoon(path: string, over: AbortSignal): Promise<Deno.UnixConn> {
  for (;; await pause(1)) {
    over.throwIfAborted();
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
