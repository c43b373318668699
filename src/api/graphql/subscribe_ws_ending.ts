import { VantageError } from "../../errors.ts";
import type { Ending } from "./subscribe_connection.ts";
import { garbled, tooLarge } from "./subscribe_problem.ts";

const NETWORK_HINT = "Check the network and the proxy settings, then run the command again";

/** What of a closed connection tells why it was. */
export interface Closed {
  /** 0 where it broke. */
  readonly code: number;
  /** In the server's words. */
  readonly reason: string;
  /** In Deno's words; empty where the server closed it. */
  readonly problem: string;
  /** The server had taken it (`connection_ack`). */
  readonly isConnected: boolean;
}

/** Unauthorized and Forbidden, as graphql-ws and the IANA registry have them. */
const REFUSED = new Set([4401, 4403, 3000, 3003]);

/**
 * Codes of a server that goes away or breaks (RFC 6455, 7.4.1), of one that has waited too long,
 * and 0, 1005 and 1006, where none was sent.
 */
const PASSING = new Set([
  ...[0, 1000, 1001, 1005, 1006, 1011, 1012, 1013, 1014],
  ...[3008, 4408, 4499, 4504],
]);

/** Problems that Deno finds in what was sent, and not in how. */
const BROKEN_PROTOCOL = /^(invalid |reserved |control |ping frame|frame too large)/i;

/** What to make of a connection that was open. Throws what no other connection would mend. */
export function endingOfClose(closed: Closed, origin: string): Ending {
  const { code, reason, problem, isConnected } = closed;
  const why = reason === "" ? `code ${code}` : `${reason} (code ${code})`;
  if (/^frame too large/i.test(problem)) throw tooLarge(origin);
  if (BROKEN_PROTOCOL.test(problem)) throw garbled(origin, new Error(problem));
  if (REFUSED.has(code)) {
    const error = new VantageError(
      "token_refused",
      `${origin} refuses the token of the subscription: ${why}`,
      {
        hint: "Log in again with `vantage login --force`; if it stays so, your account may not " +
          "see this, or the API does not take this provider's tokens",
      },
    );
    return { kind: "refused", error, atHandshake: false };
  }
  if (PASSING.has(code)) {
    const message = problem === ""
      ? `${origin} closed the connection: ${why}`
      : `The connection to ${origin} broke: ${problem}`;
    return { kind: "lost", error: new VantageError("network", message, { hint: NETWORK_HINT }) };
  }
  if (!isConnected && (code === 4406 || code === 1002 || code === 1003)) {
    return { kind: "unsuitable", error: notSpoken(origin, why) };
  }
  throw new VantageError("graphql_failed", `${origin} ended the subscription: ${why}`, {
    hint: "Check the document and its variables; the code's meaning is for the API's owner to say",
  });
}

/** The same for a connection that never opened. */
export function endingOfHandshake(problem: string, origin: string): Ending {
  const what = problem.replace(/^NetworkError: failed to connect to WebSocket: /, "");
  const status = Number(what.match(/^Invalid status code: (\d{3})$/)?.[1]);
  if (Number.isNaN(status)) return notReached(what, origin);
  const message = `${origin} answered the WebSocket handshake with ${status}`;
  if (status === 401 || status === 403) {
    const error = new VantageError("token_refused", message, {
      hint: "Log in again with `vantage login --force`, or take the event stream with " +
        "`--transport sse`",
    });
    return { kind: "refused", error, atHandshake: true };
  }
  if (status === 429 || status >= 500) {
    const error = new VantageError("api_unavailable", message, {
      hint: "Run the command again later",
    });
    return { kind: "lost", error };
  }
  const error = new VantageError("api_refused", message, {
    hint: "Check 'graphql_url', or take the event stream with `--transport sse`",
  });
  return { kind: "unsuitable", error };
}

function notReached(what: string, origin: string): Ending {
  const message = `Cannot reach ${origin}: ${what || "no connection"}`;
  if (/certificate|UnknownIssuer|invalid peer/i.test(what)) {
    // It will be the same one the next time.
    throw new VantageError("network", message, {
      hint: "Name your company's certificate authority with 'ca_file' in the profile or " +
        "VANTAGE_CA_FILE",
    });
  }
  return { kind: "lost", error: new VantageError("network", message, { hint: NETWORK_HINT }) };
}

const notSpoken = (origin: string, why: string) =>
  new VantageError("api_answer", `${origin} does not speak graphql-transport-ws: ${why}`, {
    hint: "Take the event stream with `--transport sse`",
  });
