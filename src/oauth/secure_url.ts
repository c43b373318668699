import { isLoopback } from "../loopback.ts";
import { ProviderError } from "./provider_error.ts";

/**
 * Checks that a URL may carry credentials: https, or http to a loopback address
 * (RFC 8252, 8.3). `what` names it in the error.
 */
export function requireSecure(url: unknown, what: string): URL {
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  if (!parsed) {
    throw new ProviderError("unusable", `The provider's ${what} is not a URL`, { status: 200 });
  }
  const { protocol, hostname, origin } = parsed;
  if (protocol === "https:" || protocol === "http:" && isLoopback(hostname)) return parsed;
  // Only http has an origin worth showing; of anything else, the scheme is what is wrong.
  const shown = protocol === "http:" ? origin : protocol;
  throw new ProviderError("unusable", `The provider's ${what} is not https: '${shown}'`, {
    status: 200,
    hint: "Nothing is sent without encryption, except to a loopback address",
  });
}
