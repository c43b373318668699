import { timingSafeEqual } from "node:crypto";
import { VantageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Listener, System } from "../system.ts";
import { ListenError } from "../system.ts";
import { callbackPage } from "./callback_page.ts";

/** Where the provider sends the browser back to (RFC 8252, 7.3). */
export interface CallbackListener extends AsyncDisposable {
  readonly redirectUri: string;
  /** The first address with our `state` that arrived, by the browser or pasted. */
  readonly arrived: Promise<URL>;
  /** Takes an address that the person pasted; false when it is none of this login. */
  accept(address: string): boolean;
  /** Lets the waiting browser see how the login ended. */
  finish(outcome: "success" | "failure"): void;
}

/**
 * Listens on a loopback address for one GET to the callback path with our `Host` and `state`.
 * Everything else is answered without effect: another program on this machine may send
 * requests here, and must neither complete nor end the login.
 */
export function listenForCallback(
  system: Pick<System, "listen">,
  callback: { host: string; port: number; path: string },
  state: string,
  signal: AbortSignal,
): CallbackListener {
  const arrived = Promise.withResolvers<URL>();
  const finished = Promise.withResolvers<"success" | "failure">();
  /** The code that came. A secret, to be found in whatever the provider may say of it. */
  let taken: Secret | undefined;

  const listener = listenOnLoopback(system, callback, (request) => handle(request));
  const redirect = new URL(`http://${listener.host}:${listener.port}${callback.path}`);

  const onAbort = () => arrived.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  arrived.promise.catch(() => {}); // whoever awaits it hears of it; an abort before that is no crash

  function take(url: URL): boolean {
    if (taken || !isSame(url.searchParams.get("state"), state)) return false;
    taken = new Secret(url.searchParams.get("code") ?? "");
    arrived.resolve(url);
    return true;
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    // A page of another site can reach this port under a name of its own (DNS rebinding).
    if (request.headers.get("host") !== redirect.host) {
      return callbackPage(421, "Not here", "This address belongs to a login on this machine.");
    }
    if (url.pathname !== redirect.pathname || request.method !== "GET") {
      return callbackPage(404, "Nothing here", "This address only takes the answer to a login.");
    }
    if (taken) return callbackPage(410, "Already used", "This login has had its answer.");
    if (!take(url)) {
      return callbackPage(
        400,
        "Not this login",
        "This answer belongs to another login. Start again.",
      );
    }
    return await finished.promise === "success"
      ? callbackPage(
        200,
        "You are logged in",
        "You can close this page and return to the terminal.",
      )
      : callbackPage(400, "The login failed", "Return to the terminal to see why.");
  }

  return {
    // Compared as a text by some: an address without a path must not get one.
    redirectUri: callback.path === "" ? redirect.origin : redirect.href,
    arrived: arrived.promise,
    accept(address) {
      const url = URL.parse(address.trim());
      return url?.origin === redirect.origin && url.pathname === redirect.pathname && take(url);
    },
    finish: (outcome) => finished.resolve(outcome),
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", onAbort);
      finished.resolve("failure");
      await listener.close();
    },
  };
}

/** A listener with the host part of its redirect URI: as registered, or ::1 where there is no IPv4. */
function listenOnLoopback(
  system: Pick<System, "listen">,
  callback: { host: string; port: number },
  handler: (request: Request) => Promise<Response>,
): Pick<Listener, "port" | "close"> & { host: string } {
  const { host, port } = callback;
  const address = host === "::1" ? host : "127.0.0.1";
  try {
    const { port: taken, close } = system.listen(address, port, handler);
    return { host: host === "::1" ? "[::1]" : host, port: taken, close };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    if (!error.inUse && address === "127.0.0.1") {
      const other = listenOnLoopback(system, { host: "::1", port }, handler);
      return host === "localhost" ? { ...other, host } : other;
    }
    throw new VantageError(
      "listen_failed",
      `Cannot listen on ${address}:${port}: ${error.message}`,
      {
        cause: error,
        hint: error.inUse
          ? "Close the program that uses the port, or set another callback_port that is registered at the provider"
          : "Log in with `vantage login --flow device`",
      },
    );
  }
}

function isSame(given: string | null, expected: string): boolean {
  const [a, b] = [given ?? "", expected].map((text) => new TextEncoder().encode(text));
  return a!.length === b!.length && timingSafeEqual(a!, b!);
}
