import process from "node:process";
import type { Clock, HttpHandler, Listener, System } from "../system.ts";
import { ListenError } from "../system.ts";
import { denoFiles } from "./deno_files.ts";
import { Handover } from "./deno_handover.ts";
import { denoPrograms } from "./deno_programs.ts";
import { denoSockets } from "./deno_sockets.ts";
import { standardInput, standardOutput } from "./deno_streams.ts";
import { watch } from "./deno_watch.ts";
import { webSocket } from "./deno_web_socket.ts";

/** What hears the signals of an interrupt. */
interface SignalListener {
  start(): void;
  stop(): void;
}

/** How long answers in flight may take to finish once a listener closes. */
const CLOSE_GRACE_MS = 1_000;

/** The real world, by Deno. */
export function denoSystem(): System {
  const clients = new Map<string, Deno.HttpClient>();
  const interruptHandlers = new Set<() => void>();
  const listeners = new Set<SignalListener>();
  const interrupt = () => interruptHandlers.forEach((handler) => handler());
  const handover = new Handover();
  return {
    args: Deno.args,
    calledAs: process.argv0,
    platform: Deno.build.os === "windows" || Deno.build.os === "darwin" ? Deno.build.os : "linux",
    pid: Deno.pid,
    uid: Deno.build.os === "windows" ? null : Deno.uid(),
    // A variable set to nothing is the shell's way to unset one for a command.
    env: (name) => Deno.env.get(name) || undefined,
    environment: () => Deno.env.toObject(),
    cwd: () => Deno.cwd(),
    get executable() {
      return Deno.execPath();
    },
    stdin: standardInput(interrupt),
    stdout: standardOutput(Deno.stdout),
    stderr: standardOutput(Deno.stderr),
    clock: realClock,
    files: denoFiles(),
    fetch(url, init, caCerts) {
      if (caCerts.length === 0) return fetch(url, init);
      const key = caCerts.join("\n");
      const client = clients.get(key) ?? Deno.createHttpClient({ caCerts: [...caCerts] });
      clients.set(key, client);
      return fetch(url, { ...init, client });
    },
    connectTime,
    webSocket,
    listen,
    ...denoPrograms,
    handOver: (program, args, options) => handover.run(program, args, options),
    ...denoSockets,
    watch,
    async credentials() {
      if (Deno.build.os !== "windows") return undefined;
      const { denoCredentials } = await import("./deno_credentials.ts");
      return denoCredentials();
    },
    blocking(work) {
      // Nobody could hear a signal; without a listener the system ends the process.
      for (const listener of listeners) listener.stop();
      try {
        return work();
      } finally {
        for (const listener of listeners) listener.start();
      }
    },
    onInterrupt(handler) {
      const signals: Deno.Signal[] = Deno.build.os === "windows"
        ? ["SIGINT", "SIGBREAK"]
        : ["SIGINT", "SIGTERM"];
      const onSignal = () => {
        if (!handover.active) handler();
      };
      const listener = {
        start: () => signals.forEach((signal) => Deno.addSignalListener(signal, onSignal)),
        stop: () => signals.forEach((signal) => Deno.removeSignalListener(signal, onSignal)),
      };
      listener.start();
      listeners.add(listener);
      interruptHandlers.add(handler);
      return {
        [Symbol.dispose]() {
          interruptHandlers.delete(handler);
          if (listeners.delete(listener)) listener.stop();
        },
      };
    },
  };
}

/** `setTimeout` takes no more and would fire at once; who waits for weeks looks at the clock again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const realClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};

/** Where one of these is set, `fetch` may go by a proxy, whose connection says nothing of the host's. */
const PROXY_VARIABLES = ["http_proxy", "https_proxy", "all_proxy"]
  .flatMap((name) => [name, name.toUpperCase()]);

async function connectTime(url: string): Promise<number | undefined> {
  if (PROXY_VARIABLES.some((name) => Deno.env.get(name))) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const started = performance.now();
  try {
    const connection = await Deno.connect({
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (protocol === "http:" ? 80 : 443)),
    });
    connection.close();
    return performance.now() - started;
  } catch {
    return undefined; // the request itself tells what is wrong
  }
}

function listen(host: string, port: number, handler: HttpHandler): Listener {
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname: host,
      port,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
    }, handler);
  } catch (error) {
    throw new ListenError(error instanceof Deno.errors.AddrInUse, error);
  }
  return {
    port: server.addr.port,
    async close() {
      const done = new AbortController();
      const grace = realClock.sleep(CLOSE_GRACE_MS, done.signal).catch(() => {});
      await Promise.race([server.shutdown(), grace]);
      done.abort();
    },
  };
}
